import fc from 'fast-check';
import type { Program } from '../../src/execute/program.ts';
import { attempt, forget, retry, type Step } from '../../src/program/index.ts';
import { layOut, type ListingWorld } from './listing-world.ts';
import { afterJump, isJump, sizes, type Instruction, type Listing } from './lock-semantics.ts';
import { agentsOf, sampleProgram } from './sample-programs.ts';

/** Code whose jumps count from its own start, so that it can be put anywhere. */
export type Fragment = readonly Instruction[];

/** What a listing may have in it. */
export interface ListingOptions {
  readonly agents: number;
  /** Statements an agent, at the most. */
  readonly statements: number;
  /** Trylocks, references and jumps: what may answer differently in another schedule. */
  readonly tries?: boolean;
  /**
   * Only mutexes; or only what keeps others out by operations that commute with nothing: no locks
   * of readers and writers without a queue, and no references. Default: all kinds.
   */
  readonly only?: 'mutexes' | 'exclusive';
}

export function sequence(parts: readonly Fragment[]): Instruction[] {
  const code: Instruction[] = [];
  for (const part of parts) {
    const offset = code.length;
    for (const instruction of part) {
      const moved = 'otherwise' in instruction;
      code.push(
        moved ? { ...instruction, otherwise: instruction.otherwise + offset } : instruction,
      );
    }
  }
  return code;
}

/** `first`, `body`, `last`; a try that fails goes past them. */
function around(first: Instruction, body: Fragment, ...last: Instruction[]): Fragment {
  const end = 1 + body.length + last.length;
  return sequence([['otherwise' in first ? { ...first, otherwise: end } : first], body, last]);
}

/** Few, so that agents meet. */
const wordsUsual = 2;

export const word: fc.Arbitrary<number> = fc.nat(wordsUsual - 1);
const value = fc.integer({ min: 0, max: 3 });
const otherwise = 0;

export const access: fc.Arbitrary<Fragment> = fc
  .oneof(
    { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('read', 'load'), word }) },
    {
      weight: 4,
      arbitrary: fc.record({
        op: fc.constantFrom('write', 'store', 'add', 'exchange'),
        word,
        value,
        carry: fc.boolean(),
      }),
    },
    fc.record({ op: fc.constant('compareExchange'), word, from: value, to: value }),
    fc.record({
      op: fc.constant('waitUntil'),
      word,
      value,
      how: fc.constantFrom('equal', 'not', 'atLeast', 'atMost'),
    }),
  )
  .map((instruction) => [instruction as Instruction]);

const signals: fc.Arbitrary<Fragment> = fc
  .constantFrom('complete', 'completeAll', 'wait', 'reinit')
  .map((op) => [{ op } as Instruction]);

const references: fc.Arbitrary<Fragment> = fc
  .constantFrom('activate', 'drain')
  .map((op) => [{ op } as Instruction]);

function locked(inner: fc.Arbitrary<Fragment>, options: ListingOptions): fc.Arbitrary<Fragment> {
  const { tries = true, only } = options;
  const mutex = fc.nat(sizes.mutexes - 1);
  const rw = only === 'exclusive' ? fc.constant(1) : fc.nat(sizes.rws - 1);
  const kinds: fc.Arbitrary<Fragment>[] = [
    fc.tuple(mutex, inner).map(([mutex, body]) => {
      return around({ op: 'acquire', mutex }, body, { op: 'release', mutex });
    }),
  ];
  if (only === 'mutexes') return kinds[0]!;
  kinds.push(
    fc.tuple(rw, inner).map(([rw, body]) => {
      return around({ op: 'acquireRead', rw }, body, { op: 'releaseRead', rw });
    }),
    fc.tuple(rw, inner).map(([rw, body]) => {
      return around({ op: 'acquireWrite', rw }, body, { op: 'releaseWrite', rw });
    }),
    fc.tuple(rw, inner).map(([rw, body]) => {
      return around(
        { op: 'acquireWrite', rw },
        body,
        { op: 'downgrade', rw },
        { op: 'releaseRead', rw },
      );
    }),
  );
  if (!tries) return fc.oneof(...kinds);
  kinds.push(
    fc.tuple(mutex, inner).map(([mutex, body]) => {
      return around({ op: 'tryAcquire', mutex, otherwise }, body, { op: 'release', mutex });
    }),
    fc.tuple(rw, inner).map(([rw, body]) => {
      return around({ op: 'tryRead', rw, otherwise }, body, { op: 'releaseRead', rw });
    }),
    fc.tuple(rw, inner).map(([rw, body]) => {
      return around({ op: 'tryWrite', rw, otherwise }, body, { op: 'releaseWrite', rw });
    }),
    ...(only === 'exclusive'
      ? []
      : [inner.map((body) => around({ op: 'tryRef', otherwise }, body, { op: 'releaseRef' }))]),
    fc.tuple(word, inner).map(([word, body]) => {
      return sequence([[{ op: 'load', word }], around({ op: 'unlessSeen', otherwise }, body)]);
    }),
  );
  return fc.oneof(...kinds);
}

/** Small random programs. */
export function randomListing(options: ListingOptions): fc.Arbitrary<Listing> {
  const { tries = true, only } = options;
  let plain = fc.oneof({ weight: 4, arbitrary: access }, { weight: 1, arbitrary: signals });
  if (tries && only === undefined)
    plain = fc.oneof({ weight: 5, arbitrary: plain }, { weight: 1, arbitrary: references });
  if (only === 'mutexes') plain = fc.constant<Fragment>([]);
  const inside = (level: fc.Arbitrary<Fragment>): fc.Arbitrary<Fragment> =>
    fc.array(level, { minLength: 0, maxLength: 2 }).map(sequence);
  const first = fc.oneof(plain, locked(inside(plain), options));
  const second = fc.oneof(plain, locked(inside(first), options));
  const third = only === 'mutexes' ? fc.oneof(second, locked(inside(second), options)) : second;
  const code = fc.array(third, { minLength: 1, maxLength: options.statements }).map(sequence);
  return fc.array(code, { minLength: 2, maxLength: options.agents });
}

/** Loads and stores of words; who loads anything but 0 goes no further. */
export function accessCode(accesses: readonly (readonly ['load' | 'store', number])[]): Fragment {
  // A load takes three instructions, a store one.
  const end = accesses.reduce((length, [op]) => length + (op === 'load' ? 3 : 1), 0);
  const code: Instruction[] = [];
  for (const [op, at] of accesses) {
    if (op === 'store') {
      code.push({ op, word: at, value: 1, carry: false });
    } else {
      code.push({ op, word: at }, { op: 'unlessSeen', otherwise: code.length + 3 });
      code.push({ op: 'goto', otherwise: end });
    }
  }
  return code;
}

/** Four or five agents that only load and store, and so may meet in many ways. */
export function randomAccessListing(): fc.Arbitrary<Listing> {
  const access = fc.tuple(fc.constantFrom('load', 'store'), fc.nat(sizes.words - 1));
  const code = fc.array(access, { minLength: 1, maxLength: 3 }).map(accessCode);
  return fc.array(code, { minLength: 4, maxLength: 5 });
}

/** What the agents of a running listing have come to. */
export interface Progress {
  ended: boolean;
  log: number[];
}

/**
 * The listing as a program of the engine; `progress` follows the present execution.
 *
 * @param forgets - whether agents say after each operation what they still depend on; without loops
 */
export function programOf(
  listing: Listing,
  forgets = false,
): { program: Program; progress: Progress[] } {
  const progress: Progress[] = listing.map(() => ({ ended: false, log: [] }));
  const program = sampleProgram<ListingWorld>({
    setup: (arena) => layOut(arena, listing),
    agents: agentsOf(
      'agent',
      listing.length,
      (index) =>
        function* (world) {
          yield* run(world, index);
        },
    ),
  });
  function* run(world: ListingWorld, index: number): Step<void> {
    const code = listing[index]!;
    const mine = progress[index]!;
    // The first agent begins before all others, and some of those may not begin at all.
    if (index === 0) {
      for (const one of progress) {
        one.ended = false;
        one.log = [];
      }
    }
    mine.ended = false;
    mine.log = [];
    let seen = 0;
    for (let at = 0; at < code.length;) {
      const instruction = code[at]!;
      if (isJump(instruction)) {
        if (instruction.op === 'attempt') yield* attempt();
        at = afterJump(instruction, at, seen);
        continue;
      }
      if (instruction.op === 'begin' || instruction.op === 'end') {
        at++;
        continue;
      }
      if (instruction.op === 'retry') {
        yield* retry(1);
        at = instruction.otherwise;
        continue;
      }
      const answer = yield* operate(world, instruction, seen);
      if (answer !== undefined && !('quiet' in instruction)) {
        seen = Number(answer);
        mine.log.push(seen);
      }
      at = answer === false && 'otherwise' in instruction ? instruction.otherwise : at + 1;
      if (forgets) yield* forget(at + Math.imul(seen, 1000));
    }
    mine.ended = true;
  }
  return { program, progress };
}

/** Performs one instruction; what it answered, if anything. */
export function* operate(
  world: ListingWorld,
  instruction: Instruction,
  seen: number,
): Step<number | boolean | undefined> {
  if ('word' in instruction) return yield* operateWord(world, instruction, seen);
  if ('mutex' in instruction) {
    const lock = world.mutexes[instruction.mutex]!;
    if (instruction.op === 'tryAcquire') return yield* lock.tryAcquire();
    yield* lock[instruction.op]();
    return undefined;
  }
  if ('rw' in instruction) {
    const lock = world.rws[instruction.rw]!;
    if (instruction.op === 'tryRead') return yield* lock.tryAcquireRead();
    if (instruction.op === 'tryWrite') return yield* lock.tryAcquireWrite();
    yield* lock[instruction.op]();
    return undefined;
  }
  if (instruction.op === 'spawn' || instruction.op === 'join') {
    yield* world.children[instruction.child]![instruction.op]();
    return undefined;
  }
  switch (instruction.op) {
    case 'tryRef':
      return yield* world.reference!.tryAcquire();
    case 'releaseRef':
      yield* world.reference!.release();
      return undefined;
    case 'activate':
    case 'drain':
      yield* world.reference![instruction.op]();
      return undefined;
    case 'complete':
    case 'completeAll':
    case 'wait':
    case 'reinit':
      yield* world.completion[instruction.op]();
      return undefined;
    default:
      throw new Error('a jump is no operation');
  }
}

function* operateWord(
  { words }: ListingWorld,
  instruction: Extract<Instruction, { word: number }>,
  seen: number,
): Step<number | undefined> {
  const word = words[instruction.word]!;
  switch (instruction.op) {
    case 'read':
    case 'load':
      return yield* word[instruction.op]();
    case 'compareExchange':
      return yield* word.compareExchange(instruction.from, instruction.to);
    case 'waitUntil': {
      const { how, value } = instruction;
      if (how === 'equal') return yield* word.waitUntil(value);
      if (how === 'not') return yield* word.waitUntilNot(value);
      return yield* how === 'atLeast' ? word.waitUntilAtLeast(value) : word.waitUntilAtMost(value);
    }
    default: {
      const value = instruction.value + (instruction.carry ? seen : 0);
      if (instruction.op === 'add' || instruction.op === 'exchange') {
        return yield* word[instruction.op](value);
      }
      yield* word[instruction.op](value);
      return undefined;
    }
  }
}
