/** Small programs with a bug each, of kinds that are met in practice; none is of a benchmark. */
import { instantiate, type Program } from '../../src/execute/program.ts';
import {
  check,
  scenario,
  type AgentFunction,
  type Arena,
  type Mutex,
  type Operation,
  type Scenario,
  type Step,
  type Word,
} from '../../src/program/index.ts';

interface World {
  readonly locks: readonly Mutex[];
  readonly words: readonly Word[];
}

type Agents = Readonly<Record<string, AgentFunction<World>>>;

function* locked(lock: Mutex, body: () => Step<unknown> | Operation<unknown>): Step {
  yield* lock.acquire();
  yield* body();
  yield* lock.release();
}

/** Looks without the lock whether something has been made, and not again with it. */
function* makeOnce({ locks, words }: World): Step {
  const [ready, made] = words as [Word, Word];
  if ((yield* ready.load()) === 1) return;
  yield* locked(locks[0]!, function* () {
    check((yield* made.add(1)) === 0, 'it was made twice');
    yield* ready.store(1);
  });
}

/** Moves 1 from one account to the other, each under a lock of its own. */
function* move({ locks, words }: World): Step {
  yield* locked(locks[0]!, () => words[0]!.add(-1));
  yield* locked(locks[1]!, () => words[1]!.add(1));
}

function* audit({ locks, words }: World): Step {
  let sum = 0;
  for (const which of [0, 1]) {
    yield* locked(locks[which]!, function* () {
      sum += yield* words[which]!.load();
    });
  }
  check(sum >= 0, 'something is on its way');
}

/** Closes what nobody uses; who uses it counts itself in after it has looked. */
function* close({ words }: World): Step {
  const [closed, users, freed] = words as [Word, Word, Word];
  yield* closed.store(1);
  if ((yield* users.load()) === 0) yield* freed.store(1);
}

function* use({ words }: World): Step {
  const [closed, users, freed] = words as [Word, Word, Word];
  if ((yield* closed.load()) === 1) return;
  yield* users.add(1);
  check((yield* freed.load()) === 0, 'it is used and freed');
  yield* users.add(-1);
}

/** Says that a value is there before it is. */
function* publish({ words }: World): Step {
  yield* words[1]!.store(1);
  yield* words[0]!.store(7);
}

function* subscribe({ words }: World): Step {
  if ((yield* words[1]!.load()) === 1) check((yield* words[0]!.load()) === 7, 'nothing is there');
}

function* work({ locks, words }: World): Step {
  for (let round = 0; round < 2; round++) yield* locked(locks[2]!, () => words[2]!.add(1));
}

/** Each agent takes a lock and the next one; the last one closes the ring. */
function ring(from: number): AgentFunction<World> {
  return function* ({ locks, words }) {
    yield* words[from]!.add(1);
    yield* locked(locks[from]!, () => locked(locks[(from + 1) % 3]!, () => words[3]!.add(1)));
  };
}

/** Forgets to look again, under the lock, before it waits for a signal that was given. */
function* wait({ locks, words }: World): Step {
  const [ready, signals] = words as [Word, Word];
  if ((yield* ready.load()) === 1) return;
  const before = yield* signals.load();
  yield* locked(locks[0]!, () => words[2]!.add(1));
  yield* signals.waitUntilNot(before);
}

function* signal({ locks, words }: World): Step {
  const [ready, signals] = words as [Word, Word];
  yield* locked(locks[0]!, () => ready.store(1));
  yield* signals.add(1);
}

/** Takes the last one of what others may have taken since it looked. */
function* takeLast({ words }: World): Step {
  if ((yield* words[0]!.load()) > -2) check((yield* words[0]!.add(-1)) > -2, 'nothing is left');
}

const programs: Readonly<Record<string, Agents>> = {
  'made twice': { a: makeOnce, b: makeOnce, c: work },
  'sum of two accounts': { a: move, b: move, c: audit },
  'used and freed': { a: close, b: use, c: work },
  'published too early': { a: publish, b: subscribe, c: work, d: work, e: work },
  'ring of three locks': { a: ring(0), b: ring(1), c: ring(2), d: work },
  'signal that was missed': { a: wait, b: signal, c: work },
  'one too many taken': { a: takeLast, b: takeLast, c: takeLast, d: work },
};

export const smallBugs: readonly string[] = Object.keys(programs);

/** A program by its name, its agents in an order that begins with this one. */
export function smallBug(name: string, first: number, backwards: boolean): Program {
  const agents = programs[name]!;
  const names = Object.keys(agents);
  const order = names.map((_, at) => names[(first + at) % names.length]!);
  const made = scenario<World>({
    name: 'small-bug',
    summary: name,
    source: 'a test',
    setup: (arena: Arena) => ({
      locks: Array.from({ length: 3 }, (_, at) => arena.mutex(`lock${at}`)),
      words: Array.from({ length: 4 }, (_, at) => arena.word(`word${at}`)),
    }),
    agents,
    forms: { full: { summary: 'all', agents: backwards ? order.toReversed() : order } },
    variants: { broken: { summary: 'as it is' } },
  }) as Scenario;
  return instantiate(made, { variant: 'broken', form: 'full' });
}
