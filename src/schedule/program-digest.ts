import { createHash } from 'node:crypto';
import { Coroutines } from '../execute/coroutines.ts';
import type { Program } from '../execute/program.ts';
import { operationTable } from '../program/operation-table.ts';
import { RandomWalk } from './strategies/random.ts';

/** Random executions by which a program is known again, and the seed of them. */
const executions = 32;
const seed = 0x6865_6464;

/**
 * A number by which a program is known again in another process: of what lies in its memory at the
 * start, under what names, and of what its agents do in some random executions. A change that shows
 * in none of those is not noticed here (but by a search, where the program does something else than
 * it did).
 */
export function programDigest(program: Program): string {
  const { subject, arena } = program;
  const hash = createHash('sha256');
  const records = Array.from({ length: subject.wordCount }, (_, base) => [
    subject.record(base)?.name ?? '',
    arena.initially(base),
  ]);
  const kinds = operationTable.map(({ name, access }) => [name, access]);
  hash.update(JSON.stringify([kinds, subject.agentNames, records]));
  const coroutines = new Coroutines(program, { checks: false });
  let run = 0;
  try {
    coroutines.runAll(new RandomWalk({ seed }), 0, ({ end }) => {
      const { agents, kinds: made, objects } = coroutines.record.steps();
      hash.update(JSON.stringify([end, [...agents], [...made], [...objects]]));
      return ++run >= executions;
    });
  } catch (error) {
    // A user's mistake is told where the search meets it.
    hash.update(`${run} ${(error as Error).message}`);
  }
  return hash.digest('hex').slice(0, 16);
}
