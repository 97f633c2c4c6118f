/** Eight operations or so, shared out among the threads, on two words. */
export function setup() {
  return { words: new Int32Array(new SharedArrayBuffer(8)) };
}

/** @param steps - operations of each thread */
function agent(steps) {
  return ({ words }) => {
    for (let step = 0; step < steps; step++) Atomics.add(words, step % 2, 1);
  };
}

/** By how many there are: two threads of 4 steps, three of 3, five of 2. */
export const programs = { 2: 4, 3: 3, 5: 2 };

const count = Number(new URL(import.meta.url).searchParams.get('threads') ?? 2);

export const threads = Object.fromEntries(
  Array.from({ length: count }, (_, at) => [`thread${at + 1}`, agent(programs[count])]),
);
