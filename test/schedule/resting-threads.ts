/** Threads that count rounds of a word, and say of themselves what matters, or something wrong. */
import type { ThreadControl } from '../../src/execute/atomics/check-module.ts';

interface Shared {
  readonly words: Int32Array;
  readonly says: string;
}

type Thread = (shared: Shared, control: ThreadControl) => unknown;

export function setup({ says }: { says: string }): Shared {
  return { words: new Int32Array(new SharedArrayBuffer(12)), says };
}

const rounds = 3;
const nothing = (): null => null;

const counting: Thread = ({ words, says }, control) => {
  for (let round = 0; round < rounds; round++) {
    // What a round finds is of no account to the next one.
    const look = (): number => Atomics.add(words, 0, 1);
    if (says.endsWith('call')) control.call(() => void look(), nothing);
    else look();
    if (says === 'rest') control.dependsOn(round);
  }
  return 'done';
};

/** Says too little: what it does next hangs on what it has found. */
const hiding: Thread = ({ words, says }, control) => {
  let seen = 0;
  if (says === 'wrong call') control.call(() => void (seen = Atomics.load(words, 0)), nothing);
  else seen = Atomics.load(words, 0);
  if (says === 'wrong rest') control.dependsOn('nothing');
  return Atomics.load(words, says.startsWith('wrong') && seen > 0 ? 2 : 1);
};

export const threads: Readonly<Record<string, Thread>> = { a: counting, b: counting, c: hiding };

export function check({ words }: Shared): boolean {
  return Atomics.load(words, 0) === 2 * rounds;
}
