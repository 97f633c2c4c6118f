import type {
  ActiveRef,
  Arena,
  Completion,
  Mutex,
  Operation,
  RwLock,
  Step,
  Word,
} from '../../src/program/index.ts';
import { observed } from './observed-run.ts';

/** Something of every kind that orders. */
export interface World {
  readonly x: Word;
  readonly flag: Word;
  readonly other: Word;
  readonly m: Mutex;
  readonly n: Mutex;
  readonly spin: Mutex;
  readonly rw: RwLock;
  readonly sem: RwLock;
  readonly done: Completion;
  readonly active: ActiveRef;
}

export const setup = (arena: Arena): World => ({
  x: arena.word('x'),
  flag: arena.word('flag'),
  other: arena.word('other'),
  m: arena.mutex('m'),
  n: arena.mutex('n'),
  spin: arena.spinLock('spin'),
  rw: arena.rwLock('rw'),
  sem: arena.percpuRwSemaphore('sem'),
  done: arena.completion('done'),
  active: arena.activeRef('active', { active: true }),
});

/** One operation. */
export type Do = (world: World) => Operation<unknown>;

/** An agent that does these operations one after the other. */
export const doing = (...operations: readonly Do[]): ((world: World) => Step<void>) =>
  function* (world) {
    for (const operation of operations) yield* operation(world);
  };

/** What two agents show, run in this order of steps. */
export const two = (a: readonly Do[], b: readonly Do[], order = ''): string[] =>
  observed({ setup, agents: { a: doing(...a), b: doing(...b) } }, order);

export const write: Do = ({ x }) => x.write(1);
export const read: Do = ({ x }) => x.read();
export const store: Do = ({ x }) => x.store(1);
export const load: Do = ({ x }) => x.load();
export const add: Do = ({ x }) => x.add(1);

/** The race of a's and b's access to x. */
export const race = (a: string, b: string): string[] => [`data-race happened: a ${a} x; b ${b} x`];
