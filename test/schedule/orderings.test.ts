import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import { check, type Arena } from '../../src/program/index.ts';
import { dependenceText } from '../../src/report/dependence-text.ts';
import { explore } from '../../src/schedule/explore.ts';
import type { FindingRecord } from '../../src/schedule/finding-record.ts';
import { DepthFirst } from '../../src/schedule/strategies/dfs.ts';
import { Pct } from '../../src/schedule/strategies/pct.ts';
import type { Ordering } from '../../src/schedule/ordering-candidates.ts';
import { ActCounter, type Act } from '../../src/schedule/strategies/constrained.ts';
import { abba, reorder3, twostage } from '../execute/classic-programs.ts';
import { sampleProgram } from '../execute/sample-programs.ts';

async function explained(program: Program, kind: string): Promise<FindingRecord> {
  const strategy = new Pct({ seed: 1, depth: 3 });
  const options = { strategy, seed: 1, executions: 500, explain: true };
  const { findings } = await explore(program, options);
  const record = findings.find(({ finding }) => finding.kind === kind);
  assert.ok(record !== undefined, `${kind} is found`);
  return record;
}

const nameOf = ({ agent, kind, object, occurrence }: Act): string =>
  `${agent} ${kind} ${object} ${occurrence}`;

/** Every schedule of the program: when each act was done, and whether the finding was shown. */
function everyExecution(
  program: Program,
  key: string,
): { at: Map<string, number>; shown: boolean }[] {
  const coroutines = new Coroutines(program);
  const executions: { at: Map<string, number>; shown: boolean }[] = [];
  // A bound that nothing reaches: all schedules, without sleep sets.
  coroutines.runAll(new DepthFirst({ preemptions: 900 }), 0, () => {
    const { agents, kinds, objects } = coroutines.record.steps();
    const counter = new ActCounter();
    const at = new Map<string, number>();
    for (let step = 0; step < agents.length; step++) {
      at.set(nameOf(counter.add(agents[step]!, kinds[step]!, objects[step]!)), step);
    }
    executions.push({ at, shown: coroutines.findings.some((one) => one.key === key) });
    return false;
  });
  return executions;
}

function keeps(at: ReadonlyMap<string, number>, { before, after }: Ordering): boolean {
  const first = at.get(nameOf(before));
  return first !== undefined && first < (at.get(nameOf(after)) ?? Infinity);
}

/** The same, or the first never comes: nobody is left to do it. */
function keepsOrLapses(at: ReadonlyMap<string, number>, ordering: Ordering): boolean {
  return !at.has(nameOf(ordering.before)) || keeps(at, ordering);
}

/** An order of things that must be: the consumer takes what the producer has not made yet. */
function early(): Program {
  return sampleProgram({
    setup: (arena: Arena) => ({ ready: arena.word('ready'), noise: arena.word('noise') }),
    agents: {
      *producer({ ready, noise }) {
        yield* noise.add(1);
        yield* ready.store(1);
      },
      *consumer({ ready, noise }) {
        yield* noise.add(1);
        check((yield* ready.load()) === 1, 'it is ready');
      },
      *bystander({ noise }) {
        yield* noise.add(1);
      },
    },
  });
}

function always(): Program {
  return sampleProgram({
    setup: (arena: Arena) => ({ word: arena.word('word') }),
    agents: {
      *one({ word }) {
        yield* word.add(1);
        check(false, 'never');
      },
      *other({ word }) {
        yield* word.load();
      },
    },
  });
}

const cases: readonly [
  name: string,
  make: () => Program,
  kind: string,
  lines: readonly string[],
][] = [
  [
    'abba(2)',
    () => abba(2),
    'deadlock',
    [
      '  taker0 acquires lock0 in taker0',
      '    before taker1 acquires it in taker1, where it waits',
      '  taker1 acquires lock1 in taker1',
      '    before taker0 acquires it in taker0, where it waits',
    ],
  ],
  [
    'twostage',
    twostage,
    'assertion-failed',
    [
      '  writer releases lock1 in writer',
      '    before reader acquires it in reader',
      '  reader releases lock2 in reader',
      '    before writer acquires it in writer, which it has not done yet',
    ],
  ],
  [
    'a consumer that comes too early',
    early,
    'assertion-failed',
    [
      '  consumer reads ready atomically in consumer',
      '    before producer writes it atomically in producer, which it has not done yet',
    ],
  ],
  ['what fails in any order', always, 'assertion-failed', []],
];

describe('the orderings that a finding depends on', () => {
  for (const [name, make, kind, lines] of cases) {
    test(`${name}: as many as it takes, in words`, async () => {
      const record = await explained(make(), kind);
      const [head, ...rest] = dependenceText(record);
      assert.deepEqual([...rest].sort(), [...lines].sort());
      assert.match(head!, lines.length === 0 ? /does not depend/ : /^It depends on/);
    });
  }

  for (const [name, make, kind] of [
    ...cases,
    ['reorder_3', reorder3, 'assertion-failed'],
  ] as const) {
    test(`${name}: over all schedules they suffice, and none can be spared`, async () => {
      const program = make();
      const { dependence, finding } = await explained(program, kind);
      const { orderings } = dependence!;
      const executions = everyExecution(program, finding.key);
      const kept = executions.filter(({ at }) => orderings.every((one) => keeps(at, one)));
      assert.ok(kept.length > 0);
      assert.ok(
        kept.every(({ shown }) => shown),
        'whoever keeps to them shows it',
      );
      for (const spared of orderings) {
        const others = orderings.filter((one) => one !== spared);
        const without = executions.filter(({ at }) =>
          others.every((one) => keepsOrLapses(at, one)),
        );
        assert.ok(
          without.some(({ shown }) => !shown),
          'without one of them it may be missed',
        );
      }
    });
  }

  test('the same every time', async () => {
    const [one, other] = [await explained(reorder3(), 'assertion-failed'), reorder3()];
    assert.deepEqual(
      dependenceText(one),
      dependenceText(await explained(other, 'assertion-failed')),
    );
  });

  test('not looked for where nobody asks, nor of an inversion with a guard', async () => {
    const strategy = new Pct({ seed: 1, depth: 3 });
    const { findings } = await explore(abba(2), { strategy, seed: 1, executions: 100 });
    assert.ok(findings.every(({ dependence }) => dependence === undefined));
    const guarded = await explained(abba(2, true), 'lock-inversion');
    assert.equal(guarded.finding.level, 'guarded');
    assert.equal(guarded.dependence, undefined);
  });
});
