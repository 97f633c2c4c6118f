import fc from 'fast-check';
import type { Program } from '../../src/execute/program.ts';
import type { AgentFunction } from '../../src/program/index.ts';
import { afterJump, isJump, sizes, type Instruction, type Listing } from './lock-semantics.ts';
import type { ListingWorld } from './listing-world.ts';
import { access, operate, sequence, type Fragment } from './random-listing.ts';
import { agentsOf, sampleProgram } from './sample-programs.ts';

/** Agents that run the same code, and how many they are. */
export interface Group {
  readonly code: readonly Instruction[];
  readonly count: number;
}

const mutex = fc.nat(sizes.mutexes - 1);

const locked: fc.Arbitrary<Fragment> = fc
  .record({ mutex, body: fc.array(access, { minLength: 1, maxLength: 2 }).map(sequence) })
  .map(({ mutex, body }) => [{ op: 'acquire', mutex }, ...body, { op: 'release', mutex }]);

const tried: fc.Arbitrary<Fragment> = fc.record({ mutex, body: access }).map(({ mutex, body }) => {
  const otherwise = body.length + 2;
  return [{ op: 'tryAcquire', mutex, otherwise }, ...body, { op: 'release', mutex }];
});

/** Two or three agents of one code, and one or two of another, at words and mutexes. */
export function randomGroups(): fc.Arbitrary<readonly Group[]> {
  const statement = fc.oneof(access, locked, tried);
  const code = fc.array(statement, { minLength: 1, maxLength: 2 }).map(sequence);
  const group = (min: number, max: number): fc.Arbitrary<Group> =>
    fc.record({ code, count: fc.integer({ min, max }) });
  return fc.tuple(group(2, 3), group(1, 2));
}

/** The same as a listing: what each agent runs. */
export function listingOf(groups: readonly Group[]): Listing {
  return groups.flatMap(({ code, count }) => new Array<Group['code']>(count).fill(code));
}

/** The groups as a program, in which all agents of a group are one function. */
export function programOfGroups(groups: readonly Group[]): Program {
  const functions = groups.map(({ code }) => runner(code));
  const ofAgent = groups.flatMap(({ count }, group) => new Array<number>(count).fill(group));
  return sampleProgram<ListingWorld>({
    setup: (arena) => {
      const words = Array.from({ length: sizes.words }, (_, i) => arena.word(`word${i}`));
      const mutexes = Array.from({ length: sizes.mutexes }, (_, i) => arena.mutex(`mutex${i}`));
      // Of the rest of a listing's world these agents know nothing.
      return { words, mutexes } as unknown as ListingWorld;
    },
    agents: agentsOf('agent', ofAgent.length, (index) => functions[ofAgent[index]!]!),
  });
}

function runner(code: readonly Instruction[]): AgentFunction<ListingWorld> {
  return function* (world) {
    let seen = 0;
    for (let at = 0; at < code.length;) {
      const instruction = code[at]!;
      if (isJump(instruction)) {
        at = afterJump(instruction, at, seen);
        continue;
      }
      const answer = yield* operate(world, instruction, seen);
      if (answer !== undefined) seen = Number(answer);
      at = answer === false && 'otherwise' in instruction ? instruction.otherwise : at + 1;
    }
  };
}
