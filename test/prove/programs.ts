/** A program for a lock: for each agent the calls that it makes, by their names. */
export type LockProgram = readonly (readonly string[])[];

/**
 * All programs of so many agents that make at most so many calls in all, each agent at least one;
 * programs that differ only in which agent is which are one.
 */
export function programsOf(calls: readonly string[], agents: number, most: number): LockProgram[] {
  const sequences: string[][] = [];
  const grow = (sequence: string[]): void => {
    if (sequence.length > 0) sequences.push(sequence);
    if (sequence.length > most - agents) return;
    for (const call of calls) grow([...sequence, call]);
  };
  grow([]);
  sequences.sort((one, other) => one.length - other.length);
  const programs: string[][][] = [];
  const choose = (chosen: string[][], from: number, left: number): void => {
    if (chosen.length === agents) {
      programs.push(chosen);
      return;
    }
    for (let at = from; at < sequences.length; at++) {
      const sequence = sequences[at]!;
      const needed = agents - chosen.length - 1;
      if (sequence.length + needed <= left) {
        choose([...chosen, sequence], at, left - sequence.length);
      }
    }
  };
  choose([], 0, most);
  return programs;
}

/** "lock,try | lock": a program in one line. */
export function programText(program: LockProgram): string {
  return program.map((sequence) => sequence.join(',')).join(' | ');
}

/** The program that a line is of. */
export function programFrom(text: string): LockProgram {
  return text.split(' | ').map((sequence) => sequence.split(','));
}
