import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analysed, trace } from './analysed.ts';

function kinds(events: string, locks: object = {}, options: object = {}): readonly string[] {
  return analysed(trace(events, locks, options)).kinds;
}

const both = (agent: string, first: string, second: string): string =>
  `${agent}.acquire.${first} ${agent}.acquire.${second} ` +
  `${agent}.release.${second.split(',')[0]} ${agent}.release.${first.split(',')[0]}`;

describe('lock order in a trace', () => {
  test('both orders of two locks are an inversion, one order is none', () => {
    const twice = `${both('A', 'L', 'M')} ${both('B', 'L', 'M')}`;
    assert.deepEqual(analysed(trace(twice), 'jsonl', ['lock-order']).kinds, []);
    const found = analysed(trace(`${both('A', 'L', 'M')} ${both('B', 'M', 'L')}`), 'jsonl', [
      'lock-order',
    ]);
    assert.deepEqual(found.kinds, ['lock-inversion possible']);
    const text = found.findings[0]!.finding.text.join('\n');
    assert.match(
      text,
      /B is trying to acquire L \(line 7\)\n {2}but already holds M, taken \(line 6/,
    );
    assert.match(text, /A took M \(line 3\)\n +while holding L, taken \(line 2\)/);
    assert.match(text, /\*\*\* DEADLOCK \*\*\*/);
  });

  test('instances of one class count as one, subclasses do not', () => {
    const locks = {
      L1: { class: 'l' },
      L2: { class: 'l' },
      M1: { class: 'm' },
      M2: { class: 'm' },
    };
    const found = kinds(`${both('A', 'L1', 'M1')} ${both('B', 'M2', 'L2')}`, locks);
    assert.deepEqual(found, ['lock-inversion possible']);
    assert.deepEqual(kinds(both('A', 'L1', 'L2'), locks), ['recursive-locking possible']);
    assert.deepEqual(kinds(both('A', 'L1', 'L2,subclass=1'), locks), []);
  });

  test('a cycle of three locks is found, in whatever order its edges come', () => {
    const edges = [both('A', 'L', 'M'), both('A', 'M', 'N'), both('A', 'N', 'L')];
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 0, 2],
    ]) {
      const text = order.map((index) => edges[index]).join(' ');
      assert.deepEqual(kinds(text), ['lock-inversion possible']);
    }
  });

  test('a strong path that comes to a class by its second edge is not lost', () => {
    const rw = { B: { kind: 'rwlock' }, X: { kind: 'rwlock' } };
    // A -> B ends in an overtaking reader; A -> X -> B does not; only the latter may go on from a
    // reader of B to C. A search that marks classes alone comes to B by the short way and stops.
    const events = [
      both('T', 'A', 'B,mode=recursive-read'),
      both('T', 'A', 'X'),
      both('T', 'X', 'B,mode=read'),
      both('T', 'B,mode=read', 'C'),
      both('T', 'C', 'A'),
    ];
    assert.deepEqual(kinds(events.join(' '), rw), ['lock-inversion possible']);
  });

  test('what is held below an overtaking reader is ordered before what is taken above it', () => {
    const rw = { B: { kind: 'rwlock' } };
    const below = 'T.acquire.A T.acquire.B,mode=recursive-read T.acquire.C';
    const release = 'T.release.C T.release.B T.release.A';
    assert.deepEqual(kinds(`${below} ${release} ${both('U', 'C', 'A')}`, rw), [
      'lock-inversion possible',
      'predicted-deadlock predicted',
    ]);
  });

  test('a try is no reason for a report, but what is taken after it is', () => {
    const first = both('A', 'L', 'M');
    const tried = 'B.acquire.M B.acquire.L,try=true B.release.L B.release.M';
    assert.deepEqual(kinds(`${first} ${tried}`), []);
    const held = 'B.acquire.M,try=true B.acquire.L B.release.L B.release.M';
    assert.ok(kinds(`${first} ${held}`).includes('lock-inversion possible'));
    assert.deepEqual(kinds('A.acquire.L B.try-failed.L A.release.L'), []);
  });

  test('a named outer lock allows nesting, if it is held', () => {
    const locks = { L1: { class: 'l' }, L2: { class: 'l' } };
    const nested = 'A.acquire.L1,nest=O A.acquire.M A.acquire.L2,nest=O';
    const release = 'A.release.L2 A.release.M A.release.L1';
    assert.deepEqual(kinds(`A.acquire.O ${nested} ${release} A.release.O`, locks), []);
    const found = kinds(`${nested} ${release}`, locks);
    assert.ok(found.includes('nest-lock-not-held happened'), found.join());
  });

  test('every inversion of a trace is told, each once with a count', () => {
    const pairs = `${both('A', 'L', 'M')} ${both('A', 'P', 'Q')}`;
    const against = `${both('B', 'M', 'L')} ${both('B', 'Q', 'P')} ${both('B', 'M', 'L')}`;
    const { findings } = analysed(trace(`${pairs} ${against}`), 'jsonl', ['lock-order']);
    assert.deepEqual(
      findings.map(({ finding, count }) => [finding.kind, count]),
      [
        ['lock-inversion', 2],
        ['lock-inversion', 1],
      ],
    );
  });

  test('a guard counts only where it is the same lock and excludes', () => {
    const guarded = (one: string, other: string, locks: object): readonly string[] =>
      analysed(
        trace(
          `A.acquire.${one} ${both('A', 'L', 'M')} A.release.${one.split(',')[0]} ` +
            `B.acquire.${other} ${both('B', 'M', 'L')} B.release.${other.split(',')[0]}`,
          locks,
        ),
        'jsonl',
        ['lock-order'],
      ).kinds;
    assert.deepEqual(guarded('G', 'G', {}), ['lock-inversion guarded']);
    const instances = { G1: { class: 'g' }, G2: { class: 'g' } };
    assert.deepEqual(guarded('G1', 'G2', instances), ['lock-inversion possible']);
    const rw = { G: { kind: 'rwsem' } };
    assert.deepEqual(guarded('G,mode=read', 'G,mode=read', rw), ['lock-inversion possible']);
    assert.deepEqual(guarded('G,mode=read', 'G', rw), ['lock-inversion guarded']);
  });

  test('a guard that one later pass leaves out guards no more', () => {
    const with1 = `A.acquire.G ${both('A', 'L', 'M')} A.release.G`;
    const with2 = `B.acquire.G ${both('B', 'M', 'L')} B.release.G`;
    const without = `${both('C', 'L', 'M')} ${both('D', 'M', 'L')}`;
    const found = analysed(trace(`${with1} ${with2} ${without}`), 'jsonl', ['lock-order']);
    assert.deepEqual(found.kinds, ['lock-inversion possible']);
  });

  test('an agent that waits for itself has done so; two instances only may', () => {
    assert.deepEqual(kinds('A.acquire.L A.acquire.L'), ['recursive-locking happened']);
    const rw = { L: { kind: 'rwsem' } };
    const twice = 'A.acquire.L,mode=read A.acquire.L,mode=read';
    assert.deepEqual(kinds(twice, rw), ['recursive-locking possible']);
  });

  test('an acquisition that only began to wait counts for the order', () => {
    const waits = 'A.acquire.L B.acquire.M A.wait.M B.wait.L';
    const found = kinds(waits);
    assert.ok(found.includes('lock-inversion possible'), found.join());
    assert.ok(found.includes('deadlock happened'), found.join());
  });

  test('interrupts: enabling them while holding counts as held with them enabled', () => {
    const irq = 'A.irq-enter.hardirq A.acquire.L A.release.L A.irq-exit.hardirq';
    const held = 'A.irq-disable.hardirq A.acquire.L A.irq-enable.hardirq A.release.L';
    assert.deepEqual(kinds(`${irq} ${held}`), ['inconsistent-lock-state possible']);
    const off = 'A.irq-disable.hardirq A.acquire.L A.release.L A.irq-enable.hardirq';
    assert.deepEqual(kinds(`${irq} ${off}`), []);
  });

  test('interrupts: no dependency crosses the border of a context', () => {
    const inside = 'A.irq-enter.hardirq A.acquire.M A.release.M A.irq-exit.hardirq';
    const { analysis } = analysed(trace(`A.acquire.L ${inside} A.release.L`));
    assert.equal(analysis.order!.graph.edgeCount, 0);
  });

  test('wait contexts are checked only where the trace asks for it', () => {
    const locks = { S: { kind: 'raw_spin' }, M: { kind: 'mutex' } };
    assert.deepEqual(kinds(both('A', 'S', 'M'), locks), []);
    assert.deepEqual(kinds(both('A', 'S', 'M'), locks, { waitContexts: true }), [
      'invalid-wait-context happened',
    ]);
    assert.deepEqual(kinds(both('A', 'M', 'S'), locks, { waitContexts: true }), []);
    const tried = 'A.acquire.S A.acquire.M,try=true A.release.M A.release.S';
    assert.deepEqual(kinds(tried, locks, { waitContexts: true }), []);
  });

  test('a fingerprint does not move with lines and places', () => {
    const one = trace(`${both('A', 'L', 'M')} ${both('B', 'M', 'L')}`);
    const other = trace(
      `X.note,text=n ${both('A', 'L,at=f:1', 'M')} ${both('B', 'M', 'L,at=g:7')}`,
    );
    const print = (lines: readonly string[]): string =>
      analysed(lines, 'jsonl', ['lock-order']).findings[0]!.fingerprint;
    assert.equal(print(one), print(other));
  });
});
