import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { controlFlow, floatingRead } from '../../bench/dpor/atomics-programs.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate, type Program } from '../../src/execute/program.ts';
import type { ExecutionOutcome } from '../../src/execute/strategy.ts';
import { explore } from '../../src/schedule/explore.ts';
import type { SearchState } from '../../src/schedule/search-state.ts';
import { ClassSearch } from '../../src/schedule/strategies/class-search.ts';
import type { SavedClasses } from '../../src/schedule/strategies/classes/class-division.ts';
import { dividedClasses } from '../../src/schedule/strategies/divide-classes.ts';
import { PieceByPiece } from '../../src/schedule/strategies/piece-by-piece.ts';
import { abba, counter, hotplug, lastzero, readers } from '../execute/classic-programs.ts';
import { textOf } from './bounded-campaign.ts';
import { dividedClassCampaign } from './class-campaign.ts';
import { runDivided } from './divided.ts';
import wordsAndLoops from './on-threads/words-and-loops.ts';

/** A retry loop that makes the search begin anew, a spawn, and an invariant of the end. */
const words = (): Program => instantiate(wordsAndLoops, { variant: 'default', form: 'full' });

const programs: readonly (readonly [string, () => Program])[] = [
  ['floating_read(4)', () => floatingRead(4)],
  ['control_flow(3)', () => controlFlow(3)],
  ['counter(3,2)', () => counter(3, 2)],
  ['lastzero(4)', () => lastzero(4)],
  ['philosophers(4)', () => abba(4)],
  ['readers(5)', () => readers(5)],
  ['hotplug', () => hotplug(false)],
  ['hotplug, fixed', () => hotplug(true)],
];

const looks = ['observers', 'reads-from'] as const;

/** How the executions of one thread went. */
function alone(make: () => Program, look: (typeof looks)[number]): string[] {
  let texts: string[] = [];
  const coroutines = new Coroutines(make());
  const search = new ClassSearch(look);
  search.watchEnd();
  coroutines.runAll(search, 0, (outcome) => {
    texts.push(textOf(coroutines, outcome));
    return false;
  });
  if (search.beginnings > 1) texts = texts.slice(-counted(make, look));
  return texts;
}

function counted(make: () => Program, look: (typeof looks)[number]): number {
  let number = 0;
  const search = new ClassSearch(look);
  search.watchEnd();
  let { beginnings } = search;
  new Coroutines(make()).runAll(search, 0, () => {
    number = search.beginnings === beginnings ? number + 1 : 0;
    ({ beginnings } = search);
    return false;
  });
  return number;
}

function sent(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

for (const look of looks) {
  describe(`dpor by ${look}, divided among threads`, () => {
    for (const { name, run } of dividedClassCampaign(look, 240, 1)) {
      test(`runs just the executions of one thread on random programs: ${name}`, () => {
        const { programs: compared, leftOut, pieces, loads, anew } = run();
        assert.ok(leftOut < compared / 3, 'few programs are too large');
        assert.ok(pieces > compared, 'they are divided');
        assert.ok(loads > 0, 'they are saved and loaded');
        assert.ok(anew > 0 || name !== 'retry loops that look at words', 'some begin anew');
      });
    }

    for (const [name, make] of [...programs, ['words and loops', words] as const]) {
      test(`runs just the executions of one thread: ${name}`, () => {
        const expected = alone(make, look).sort();
        for (const threads of [1, 2, 3]) {
          for (const saves of [0, 12]) {
            let all: string[] = [];
            const { pieces } = runDivided({
              divider: dividedClasses(look),
              threads,
              saves,
              seed: threads,
              program: make,
              watchesEnd: true,
              onAnew: () => (all = []),
              onExecution: (on, outcome) => all.push(textOf(on, outcome)),
            });
            assert.deepEqual(all.sort(), expected);
            assert.ok(pieces > 1);
          }
        }
      });
    }
  });

  describe(`dpor by ${look}, saved and gone on with`, () => {
    for (const [name, make] of [...programs, ['words and loops', words] as const]) {
      test(`comes to the same wherever it was interrupted: ${name}`, () => {
        const expected = alone(make, look).sort();
        const step = Math.max(1, Math.floor(expected.length / 25));
        for (let at = 1; at <= expected.length; at += step) {
          const first = part(make, look, undefined, at);
          const { texts, beginnings } = part(make, look, first.rest, Infinity);
          const all = beginnings > 1 ? texts : [...first.texts, ...texts];
          assert.deepEqual(all.sort(), expected);
        }
      });
    }

    test('comes to the same when it is interrupted after each execution', () => {
      for (const make of [words, () => hotplug(false), () => floatingRead(4)]) {
        let all: string[] = [];
        let rest: unknown;
        for (;;) {
          const one = part(make, look, rest, 1);
          if (one.beginnings > 1) all = [];
          all.push(...one.texts);
          if (one.through) break;
          ({ rest } = one);
        }
        assert.deepEqual(all.sort(), alone(make, look).sort());
      }
    });

    test('counts what was run since it began anew only', async () => {
      const whole = await explore(words(), { strategy: new ClassSearch(look), seed: 1 });
      const divider = dividedClasses(look);
      for (const executions of [2, whole.counts.executions - 1]) {
        let saved: SearchState | undefined;
        const save = async (state: SearchState): Promise<void> => {
          saved = sent(state) as SearchState;
          await Promise.resolve();
        };
        const all = new ClassSearch(look);
        const strategy = new PieceByPiece(all, divider);
        const checkpoints = { seconds: 1000, save };
        const some = await explore(words(), { strategy, seed: 1, executions, checkpoints });
        assert.equal(some.counts.executions, executions);
        const resumed = { ...saved!, findings: [] };
        const from = { rest: resumed.rest, executions };
        const more = new PieceByPiece(new ClassSearch(look), divider, from);
        const end = await explore(words(), { strategy: more, seed: 1, resumed, estimate: true });
        assert.deepEqual({ ...end.counts, findings: 0, elapsedMs: 0 }, account(whole.counts));
        assert.equal(end.statement, whole.statement);
      }
    });
  });
}

function account(counts: object): object {
  return { ...counts, findings: 0, elapsedMs: 0 };
}

interface PartRun {
  /** Of executions since it began for the last time. */
  readonly texts: string[];
  readonly rest: unknown;
  readonly beginnings: number;
  readonly through: boolean;
}

/** Goes on from what was saved, for so many executions. */
function part(
  make: () => Program,
  look: (typeof looks)[number],
  rest: unknown,
  most: number,
): PartRun {
  let texts: string[] = [];
  const coroutines = new Coroutines(make());
  const saved = rest === undefined ? undefined : { rest, executions: 1 };
  const strategy = new PieceByPiece(new ClassSearch(look), dividedClasses(look), saved);
  strategy.watchEnd();
  let { beginnings } = strategy;
  let through = true;
  coroutines.runAll(strategy, 0, (outcome: ExecutionOutcome) => {
    if (strategy.beginnings > beginnings) texts = [];
    else texts.push(textOf(coroutines, outcome));
    ({ beginnings } = strategy);
    through = texts.length < most && beginnings === strategy.beginnings;
    return !through;
  });
  return { texts, rest: sent(strategy.save()), beginnings, through };
}

describe('what was saved of dpor by a coarser equivalence', () => {
  /** A search that was interrupted, with some choices. */
  const saved = (): SavedClasses => {
    return part(() => floatingRead(4), 'observers', undefined, 7).rest as SavedClasses;
  };

  test('is small: only choices below which something waits', () => {
    const { choices, pieces } = saved();
    const below = new Set(pieces.map(({ at }) => at));
    for (let at = choices.length - 1; at >= 0; at--) {
      assert.ok(below.has(at));
      below.add(choices[at]!.parent);
    }
  });

  test('is refused in one line if it is no such search', () => {
    const good = saved();
    const [first] = good.pieces;
    const [choice] = good.choices;
    assert.ok(first?.child !== undefined && choice !== undefined);
    const piece = (more: object): unknown => ({ ...good, pieces: [{ ...first, ...more }] });
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [[], /`rest`: `words` is missing/],
      [{ ...good, words: { compared: [] } }, /`rest\S*`?: .*ordered/],
      [{ ...good, choices: [{ ...choice, parent: 0 }] }, /expected each choice below one before/],
      [piece({ at: good.choices.length }), /expected each piece to begin with events below a/],
      [piece({ child: undefined }), /expected each piece to begin with events below a choice/],
      [piece({ sort: 'new' }), /expected each piece to begin with events below a choice/],
      [piece({ child: { ...first.child, kinds: [] } }), /expected as many agents as kinds and/],
      [piece({ child: { ...first.child, agents: [99] } }), /`rest`: .*agents/],
    ];
    const divider = dividedClasses('observers');
    divider.load(sent(good));
    for (const [rest, message] of wrong) {
      assert.throws(() => divider.load(sent(rest)), { name: 'UserError', message });
    }
  });
});
