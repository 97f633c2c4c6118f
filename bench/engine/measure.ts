/** Milliseconds of CPU time that one turn of a measurement takes at least. */
const turnMs = 250;

/** What one way of running a program does in a second of CPU time. */
export interface Rate {
  readonly executions: number;
  readonly steps: number;
}

/** Something that runs some executions and says how many, with how many steps. */
export type Work = () => { executions: number; steps: number };

/**
 * Measures several ways of doing the same in turns, so that what else the machine does meets all of
 * them, and takes the best turn of each.
 */
export function inTurns(ways: readonly Work[], turns: number): Rate[] {
  const best = ways.map(() => ({ executions: 0, steps: 0 }));
  for (const way of ways) timed(way, turnMs / 2);
  for (let turn = 0; turn < turns; turn++) {
    for (const [at, way] of ways.entries()) {
      const rate = timed(way, turnMs);
      if (rate.executions > best[at]!.executions) best[at] = rate;
    }
  }
  return best;
}

function timed(way: Work, ms: number): Rate {
  let executions = 0;
  let steps = 0;
  const begun = cpuMs();
  let now = begun;
  while (now - begun < ms) {
    const done = way();
    executions += done.executions;
    steps += done.steps;
    now = cpuMs();
  }
  const seconds = (now - begun) / 1000;
  return { executions: executions / seconds, steps: steps / seconds };
}

/** CPU time of this process: other work on the machine takes no part of it. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
