import type {
  ActiveRef,
  Arena,
  Completion,
  Mutex,
  RwLock,
  RwSemaphore,
  SpawnedAgent,
  Word,
} from '../../src/program/index.ts';
import { sizes, type Instruction, type Listing } from './lock-semantics.ts';

/** What a listing's agents operate on. */
export interface ListingWorld {
  readonly words: readonly Word[];
  readonly mutexes: readonly Mutex[];
  readonly rws: readonly (RwLock | RwSemaphore | undefined)[];
  readonly completion: Completion;
  readonly reference: ActiveRef | undefined;
  readonly children: readonly (SpawnedAgent | undefined)[];
}

/** Lays out what the listing uses, and nothing else: the ways to search differ by what there is. */
export function layOut(arena: Arena, listing: Listing): ListingWorld {
  const uses = (of: (instruction: Instruction) => boolean): boolean =>
    listing.some((code) => code.some(of));
  const usesRw = (i: number): boolean => uses((one) => 'rw' in one && one.rw === i);
  return {
    words: Array.from({ length: sizes.words }, (_, i) => arena.word(`word${i}`)),
    mutexes: Array.from({ length: sizes.mutexes }, (_, i) => arena.mutex(`mutex${i}`)),
    rws: Array.from({ length: sizes.rws }, (_, i) => {
      if (!usesRw(i)) return undefined;
      return i % 2 === 1 ? arena.rwSemaphore(`rwsem${i}`) : arena.rwLock(`rwlock${i}`);
    }),
    completion: arena.completion('completion'),
    reference: uses(({ op }) => referenceOperations.has(op))
      ? arena.activeRef('reference', { active: true })
      : undefined,
    children: listing.map(([first], child) =>
      first?.op === 'begin' ? arena.spawned(`agent${child}`) : undefined,
    ),
  };
}

const referenceOperations: ReadonlySet<string> = new Set([
  'tryRef',
  'releaseRef',
  'activate',
  'drain',
]);
