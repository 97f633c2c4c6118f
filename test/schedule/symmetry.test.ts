import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Program } from '../../src/execute/program.ts';
import type { Strategy } from '../../src/execute/strategy.ts';
import {
  attempt,
  check,
  currentAgent,
  retry,
  type AgentFunction,
  type Arena,
  type Self,
  type Step,
  type Word,
} from '../../src/program/index.ts';
import { explore, type Exploration } from '../../src/schedule/explore.ts';
import { undividedStates } from '../../src/schedule/strategies/divide-states.ts';
import { PieceByPiece } from '../../src/schedule/strategies/piece-by-piece.ts';
import {
  StateSearch,
  type StateOptions,
  type StatePiece,
} from '../../src/schedule/strategies/states.ts';
import { listingOf, programOfGroups, randomGroups } from '../execute/alike-programs.ts';
import type { Group } from '../execute/alike-programs.ts';
import { initial, step, type State } from '../execute/lock-semantics.ts';
import { agentsOf, sampleProgram } from '../execute/sample-programs.ts';
import { bug } from './bug-programs.ts';

const statesMax = 1_000_000;
const merging = (): StateSearch => new StateSearch({ statesMax, symmetry: 1 });
const checking = (): StateSearch => new StateSearch({ statesMax, checkSymmetry: 1 });

interface Search {
  readonly states: number;
  readonly executions: number;
  readonly beginnings: number;
  /** How the executions ended that were not given up, with the words at their ends. */
  readonly ends: ReadonlySet<string>;
}

function searched(program: Program, strategy: StateSearch): Search {
  const ends = new Set<string>();
  const words = program.arena.objects.filter(({ name }) => !name.startsWith('mutex'));
  let executions = 0;
  new Coroutines(program).runAll(strategy, 0, ({ end }) => {
    executions++;
    const values = words.map(({ base }) => program.arena.memory[base]!).join(' ');
    if (end !== 'abandoned') ends.add(`${values} ${end}`);
    return false;
  });
  assert.ok(strategy.exhausted);
  const { statesMet: states, beginnings } = strategy;
  return { states, executions, beginnings, ends };
}

/** All orders of the numbers from `first` to `end` - 1. */
function ordersOf(first: number, end: number): number[][] {
  if (first === end) return [[]];
  return ordersOf(first + 1, end).flatMap((rest) =>
    Array.from({ length: rest.length + 1 }, (_, at) => rest.toSpliced(at, 0, first)),
  );
}

/** Where each agent goes in each exchange of agents of one group. */
function exchangesOf(groups: readonly Group[]): number[][] {
  let all: number[][] = [[]];
  for (const { count } of groups) {
    const first = all[0]!.length;
    all = all.flatMap((one) => ordersOf(first, first + count).map((order) => [...one, ...order]));
  }
  return all;
}

/** How many states there are in which somebody can go, up to exchanges, by the second account. */
function statesUpToExchanges(groups: readonly Group[], most: number): number | undefined {
  const listing = listingOf(groups);
  const exchanges = exchangesOf(groups);
  const textOf = (state: State, to: readonly number[]): string => {
    const agents: unknown[] = [];
    for (const [i, agent] of state.agents.entries()) {
      agents[to[i]!] = agent.at < listing[i]!.length ? agent : 'ended';
    }
    const mutexes = state.mutexes.map((owner) => (owner < 0 ? owner : to[owner]!));
    return JSON.stringify({ ...state, agents, mutexes });
  };
  const seen = new Set<string>();
  let live = 0;
  const open = [initial(listing)];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const key = exchanges.map((to) => textOf(state!, to)).sort()[0]!;
    if (seen.has(key)) continue;
    if (seen.size === most) return undefined;
    seen.add(key);
    const next = [...listing.keys()].flatMap((agent) => step(state!, agent, listing[agent]!) ?? []);
    if (next.length > 0) live++;
    open.push(...next);
  }
  return live;
}

describe('the search of states up to exchanges of agents', () => {
  // Programs from a fixed seed: the same on every machine.
  test('meets just the states there are up to exchanges, and all ends', () => {
    let compared = 0;
    let smaller = 0;
    const property = fc.property(randomGroups(), (groups) => {
      const expected = statesUpToExchanges(groups, 1000);
      if (expected === undefined) return;
      const program = programOfGroups(groups);
      const all = searched(program, new StateSearch());
      const merged = searched(program, merging());
      assert.equal(merged.states, expected);
      assert.deepEqual([...merged.ends].sort(), [...all.ends].sort());
      assert.equal(searched(program, checking()).states, all.states);
      compared++;
      if (merged.states < all.states) smaller++;
    });
    fc.assert(property, { numRuns: 100, seed: 1 });
    assert.ok(compared > 60 && smaller > 60, `${compared}, ${smaller}`);
  });

  test('finds what is wrong where it is an order of agents that are alike', () => {
    for (const name of ['CS.reorder_4', 'CS.reorder_10', 'CS.twostage_20', 'CS.wronglock_3']) {
      let failed = 0;
      new Coroutines(bug(name), { checks: false }).runAll(merging(), 0, ({ end }) => {
        if (end === 'failed') failed++;
        return failed > 0;
      });
      assert.equal(failed, 1, name);
    }
  });

  test('proves programs of 20 agents whose states are millions', () => {
    // 2^20 sets of agents that are through; 11 times 11 numbers of them.
    const reorder = searched(bug('CS.reorder_20', 'fixed'), merging());
    assert.equal([...reorder.ends].filter((end) => !end.endsWith('completed')).length, 0);
    assert.deepEqual([reorder.executions, reorder.states], [101, 880]);
    const twostage = searched(bug('CS.twostage_20', 'fixed'), merging());
    assert.equal([...twostage.ends].filter((end) => !end.endsWith('completed')).length, 0);
    assert.ok(twostage.executions < 5000, `${twostage.executions}`);
  });

  test('knows whose retry may go on', () => {
    const program = alike(3, function* ({ x, y }) {
      yield* attempt();
      const seen = yield* x.load();
      if (seen < 2) {
        yield* x.compareExchange(seen, seen + 1);
        yield* retry(1);
      }
      yield* y.add(1);
    });
    const all = searched(program, new StateSearch());
    assert.deepEqual([...searched(program, merging()).ends].sort(), [...all.ends].sort());
  });

  test('estimates how many there are up to exchanges', () => {
    const program = alike(3, storer);
    const strategy = merging();
    new Coroutines(program, { checks: false }).runAll(strategy.probe(1), 0, () => false);
    assert.equal(strategy.progress().states?.atLeast, 9);
  });

  test('says so', async () => {
    // Three agents of three states each, less the one in which all have ended.
    const { statement } = await run(alike(3, storer), merging());
    assert.equal(
      statement,
      'explored completely as to deadlocks, failures and invariants, by 9 states up to exchanges ' +
        'of agents: 1 execution',
    );
  });
});

interface Words {
  readonly x: Word;
  readonly y: Word;
}

/** So many agents of one function. */
function alike(count: number, agent: AgentFunction<Words>, more?: (arena: Arena) => void): Program {
  return sampleProgram<Words>({
    setup: (arena) => {
      more?.(arena);
      return { x: arena.word('x'), y: arena.word('y') };
    },
    agents: agentsOf('agent', count, () => agent),
  });
}

function* storer({ x }: Words): Step {
  yield* x.store(1);
  yield* x.store(1);
}

const run = (program: Program, strategy: Strategy): Promise<Exploration> =>
  explore(program, { strategy, seed: 1, minimise: false });

describe('agents of one function that tell themselves apart', () => {
  const ways: Readonly<Record<string, (self: Self) => number>> = {
    'self.id': ({ id }) => id,
    'self.name': ({ name }) => Number(name.at(-1)),
    'currentAgent()': () => currentAgent(),
  };
  for (const [name, who] of Object.entries(ways)) {
    test(`by ${name} are not exchanged, from when on they ever do`, () => {
      // Late, and only who finds x at 2: until then they have been taken for the same.
      const program = alike(3, function* ({ x, y }, self) {
        yield* x.add(1);
        if ((yield* x.load()) !== 2) return;
        if (who(self) === 2) yield* y.add(1);
        yield* y.add(1);
      });
      const merged = searched(program, merging());
      const all = searched(program, new StateSearch());
      assert.equal(merged.beginnings, 2);
      assert.equal(merged.states, all.states);
      assert.deepEqual([...merged.ends].sort(), [...all.ends].sort());
    });
  }

  test('are told apart, and what was run before that does not count, saved or not', async () => {
    const make = (): Program =>
      alike(3, function* ({ x, y }, self) {
        yield* x.add(1);
        if ((yield* x.load()) === 2) yield* y.add(self.id);
      });
    const options: StateOptions = { statesMax, symmetry: 1 };
    const { counts } = await run(make(), new StateSearch());
    const whole = await run(make(), new StateSearch(options));
    const strategy = new PieceByPiece(new StateSearch(options), undividedStates(options));
    const pieces = await run(make(), strategy);
    assert.deepEqual([strategy.beginnings, whole.counts.executions], [2, counts.executions]);
    assert.equal(pieces.counts.executions, counts.executions);
    assert.equal(pieces.statement, whole.statement);
  });

  test('are told apart when the search goes on from where it was saved, too', () => {
    const make = (): Program =>
      alike(2, function* ({ x, y }, self) {
        if ((yield* x.add(1)) === 1) return;
        yield* x.waitUntil(2);
        yield* y.add(self.id + 1);
      });
    for (let executions = 1; executions < 3; executions++) {
      const ends = new Set<number>();
      const runUpTo = (strategy: StateSearch, most: number): void => {
        const program = make();
        const y = program.arena.objects.find(({ name }) => name === 'y')!.base;
        let left = most;
        new Coroutines(program).runAll(strategy, 0, ({ end }) => {
          if (end === 'completed') ends.add(program.arena.memory[y]!);
          return --left === 0;
        });
      };
      const before = merging();
      runUpTo(before, executions);
      const saved = JSON.parse(JSON.stringify(before.rest())) as StatePiece | null;
      const after = new StateSearch({ statesMax, symmetry: 1 }, saved);
      runUpTo(after, Infinity);
      assert.ok(after.exhausted);
      assert.deepEqual(ends, new Set([1, 2]), `saved after ${executions}`);
    }
  });

  test('leave others as they are', () => {
    function* teller({ y }: Words, { id }: Self): Step {
      yield* y.add(id);
    }
    const groups = [storer, storer, teller, storer, teller];
    const program = sampleProgram<Words>({
      setup: (arena) => ({ x: arena.word('x'), y: arena.word('y') }),
      agents: agentsOf('agent', groups.length, (index) => groups[index]!),
    });
    const merged = searched(program, merging());
    assert.ok(merged.states < searched(program, new StateSearch()).states);
    assert.equal(merged.beginnings, 1, 'they do so before anything is merged');
  });

  test('by what is no operation are found out', async () => {
    const by = (late: boolean): Program => {
      let begun = 0;
      return alike(2, function* ({ x, y }) {
        const odd = begun++ % 2 === 1;
        if (late) yield* x.load();
        if (late) yield* x.load();
        yield* (odd ? x : y).store(1);
        check(!odd || (yield* y.load()) === 0, 'y was 0');
      });
    };
    const message = new RegExp(
      '^scenario "sample": agents that run the same function and were answered the same do not ' +
        'do the same: agent[01] comes to store [xy], agent[01] comes to store [xy]; agents may ' +
        'depend on nothing but their operations and `self`: mend that, or leave `--symmetry` out$',
    );
    await assert.rejects(run(by(false), merging()), { name: 'UserError', message });
    await assert.rejects(run(by(true), checking()), { name: 'UserError', message });
  });

  test('by what is no operation are found out by their ends and operands', async () => {
    const by = (agent: (odd: boolean, words: Words) => Step): Program => {
      let begun = 0;
      return alike(2, function* (words) {
        yield* agent(begun++ % 2 === 1, words);
      });
    };
    const early = by(function* (odd, { x }) {
      yield* x.load();
      if (!odd) yield* x.load();
    });
    const ends =
      /: agent[01] comes to (its end|load x), agent[01] comes to (its end|load x); agents/;
    await assert.rejects(run(early, checking()), { name: 'UserError', message: ends });
    const other = by(function* (odd, { x }) {
      yield* x.store(odd ? 1 : 2);
    });
    const operands = /: agent0 comes to store x, agent1 comes to store x with another operand; /;
    await assert.rejects(run(other, merging()), { name: 'UserError', message: operands });
  });

  test('are all where an object keeps numbers of agents', async () => {
    const { statement } = await run(
      alike(2, storer, (arena) => arena.rwLock('lock')),
      merging(),
    );
    assert.match(statement, /by 8 states, no agents alike: /);
  });
});
