import fc from 'fast-check';
import type { Instruction, Listing } from './lock-semantics.ts';
import { access, randomListing, sequence, word, type Fragment } from './random-listing.ts';

/**
 * A loop that takes two mutexes by try and begins again if one of them is taken; the body is inside
 * of both.
 */
function retryLoop([first, second]: readonly [number, number], body: Fragment): Fragment {
  const gotBoth = 3;
  const failedSecond = gotBoth + body.length + 3;
  const failedFirst = failedSecond + 1;
  const end = failedFirst + 1;
  return [
    { op: 'attempt' },
    { op: 'tryAcquire', mutex: first, otherwise: failedFirst, quiet: true },
    { op: 'tryAcquire', mutex: second, otherwise: failedSecond, quiet: true },
    // Without jumps of its own.
    ...body,
    { op: 'release', mutex: second },
    { op: 'release', mutex: first },
    { op: 'goto', otherwise: end },
    { op: 'release', mutex: first },
    { op: 'retry', otherwise: 0 },
  ];
}

/** Programs of which one agent has a retry loop. */
export function randomRetryListing(): fc.Arbitrary<Listing> {
  const code = randomListing({ agents: 2, statements: 2, tries: false });
  const body = fc.array(access, { maxLength: 1 }).map(sequence);
  const order = fc.constantFrom([0, 1] as const, [1, 0] as const);
  return fc.tuple(order, body, access, code).map(([mutexes, inner, before, others]) => {
    return [sequence([before, retryLoop(mutexes, inner)]), ...others];
  });
}

/** A loop that looks at words, one after the other, until it finds anything but 0 in the last. */
function lookLoop(words: readonly number[]): Fragment {
  const looks = words.map((word): Instruction => ({ op: 'load', word }));
  const at = 1 + looks.length;
  return [
    { op: 'attempt' },
    ...looks,
    { op: 'unlessSeen', otherwise: at + 2 },
    { op: 'goto', otherwise: at + 3 },
    { op: 'retry', otherwise: 0 },
  ];
}

/** Programs of which one or two agents look at words until they find something. */
export function randomLookListing(): fc.Arbitrary<Listing> {
  const code = randomListing({ agents: 2, statements: 2, tries: false });
  const loop = fc.array(word, { minLength: 1, maxLength: 2 }).map(lookLoop);
  const looker = fc.tuple(fc.array(access, { maxLength: 1 }).map(sequence), loop).map(sequence);
  const lookers = fc.array(looker, { minLength: 1, maxLength: 2 });
  return fc
    .tuple(lookers, code)
    .map(([first, others]) => [...first, ...others.slice(first.length - 1)]);
}
