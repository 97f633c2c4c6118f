import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AnalysisFindings } from '../../src/check/analysis/analysis-finding.ts';
import { OrderChecker } from '../../src/check/analysis/order/order-checker.ts';
import type { OrderLimits } from '../../src/check/analysis/order/order-scope.ts';
import { TraceState } from '../../src/check/analysis/trace-state.ts';
import { readLines } from '../../src/trace/format/read-trace.ts';
import type { TraceEvent } from '../../src/trace/format/trace-event.ts';
import { TraceNames } from '../../src/trace/format/trace-names.ts';
import { analysed, trace } from './analysed.ts';
import { choices, madeUpTrace } from './made-up-trace.ts';

interface Ordered {
  readonly findings: readonly { readonly count: number }[];
  readonly edges: unknown;
  readonly chains: number;
  readonly lockChains: number;
}

/** All that the order of locks shows, word for word. */
function ordered(lines: readonly string[], limits: OrderLimits): Ordered {
  const names = new TraceNames();
  const state = new TraceState('trace', names);
  const findings = new AnalysisFindings();
  const order = new OrderChecker(state, findings, limits);
  readLines('trace', lines, 'jsonl', names, {
    event(event: TraceEvent): void {
      const agent = state.agent(event.agent);
      order.before(event, agent);
      state.apply(event, agent);
      order.after(event, agent);
    },
  });
  order.end();
  return {
    findings: findings.all(),
    edges: order.graph.after,
    chains: order.chains.size,
    lockChains: order.heldChains.lockChains,
  };
}

test('chains of locks that are not told apart show nothing that their classes have not', () => {
  let counted = 0;
  fc.assert(
    fc.property(choices(120), fc.constantFrom(0, 1, 2, 512), (list, waits) => {
      const lines = madeUpTrace(list, 'locks');
      const { lockChains, ...apart } = ordered(lines, { waits, tellsApart: true });
      const { lockChains: fewer, ...same } = ordered(lines, { waits, tellsApart: false });
      assert.deepEqual(same, apart);
      assert.ok(fewer <= lockChains);
      for (const { count } of apart.findings) counted += count > 1 ? 1 : 0;
    }),
    { numRuns: 2000, seed: 2 },
  );
  // Odds: the seed is fixed.
  assert.ok(counted > 200, `${counted} findings were met again`);
});

test('chains are counted by class, as in lockdep', () => {
  const locks = Array.from({ length: 20 }, (_, at) => [`l${at}`, { class: 'A' }]);
  const header = { heddleTrace: 1, locks: Object.fromEntries(locks) as object };
  const lines = [JSON.stringify(header)];
  for (const [lock] of locks) {
    lines.push(JSON.stringify({ op: 'acquire', agent: 'T', lock }));
    lines.push(JSON.stringify({ op: 'release', agent: 'T', lock }));
  }
  assert.equal(ordered(lines, {}).chains, 1);
});

test('what an interrupt takes once more is told, whoever took it before', () => {
  const locks = { L: { kind: 'rwlock' } };
  const before = 'B.acquire.L,mode=read B.release.L';
  const nested = 'A.acquire.L A.irq-enter.hardirq A.might-lock.L A.irq-exit.hardirq A.release.L';
  const off = `A.irq-disable.hardirq ${nested}`;
  for (const events of [off, `${before} ${off}`, `B.acquire.L B.release.L ${off}`]) {
    const { kinds } = analysed(trace(events, locks), 'jsonl', ['lock-order']);
    assert.ok(kinds.includes('recursive-locking happened'), `${events}: ${kinds.join()}`);
  }
});

test('a nest lock that is given back too early is told, whoever took the lock before', () => {
  const nested = 'A.acquire.N A.acquire.L,nest=N A.release.N A.release.L';
  for (const events of [nested, `B.acquire.L B.release.L ${nested}`]) {
    const { kinds } = analysed(trace(events), 'jsonl', ['lock-order']);
    assert.ok(kinds.includes('nest-lock-not-held happened'), `${events}: ${kinds.join()}`);
  }
});

test('waits of other locks of the same classes may leave the guard out', () => {
  const take = (agent: string, ...locks: string[]): string =>
    [...locks.map((lock) => `acquire.${lock}`), ...[...locks].reverse().map((l) => `release.${l}`)]
      .map((event) => `${agent}.${event}`)
      .join(' ');
  const locks = { G1: { class: 'g' }, G2: { class: 'g' } };
  const guarded = `${take('A', 'G1', 'L', 'M')} ${take('B', 'G1', 'M', 'L')}`;
  const kinds = (events: string): readonly string[] =>
    analysed(trace(events, locks), 'jsonl', ['lock-order']).kinds;
  assert.deepEqual(kinds(guarded), ['lock-inversion guarded']);
  assert.deepEqual(kinds(`${guarded} ${take('C', 'G2', 'L', 'M')}`), ['lock-inversion possible']);
});

test('a chain that broke the order is counted after others of its classes, too', () => {
  const locks = { L1: { class: 'l' }, L2: { class: 'l' } };
  const pair = (first: string, second: string): string =>
    `A.acquire.${first} A.acquire.${second} A.release.${second} A.release.${first}`;
  const events = [pair('L1', 'M'), pair('M', 'L1'), pair('M', 'L2'), pair('M', 'L1')].join(' ');
  for (const waits of [0, 512]) {
    const [finding] = ordered(trace(events, locks), { waits }).findings;
    assert.equal(finding!.count, 2, `${waits} waits`);
  }
});

test('how many chains are kept depends on classes, not on locks', () => {
  const count = 30;
  const of = (name: string): string[] => Array.from({ length: count }, (_, at) => `${name}${at}`);
  const locks = Object.fromEntries(
    ['l', 'm'].flatMap((name) => of(name).map((lock) => [lock, { class: name }])),
  ) as object;
  const events = of('l').flatMap((outer) =>
    of('m').map(
      (inner) => `A.acquire.${outer} A.acquire.${inner} A.release.${inner} A.release.${outer}`,
    ),
  );
  const waits = 8;
  const { lockChains } = ordered(trace(events.join(' '), locks), { waits });
  // The first lock of each class, what is kept of waits, and the outer locks of these.
  assert.ok(lockChains <= 2 * (waits + 2), `${lockChains} of ${count * count + count}`);
});
