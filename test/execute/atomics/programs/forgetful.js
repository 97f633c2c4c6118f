/** A thread that remembers what it did in another execution. */
let runs = 0;

export function setup() {
  return { word: new Int32Array(new SharedArrayBuffer(4)) };
}

function agent({ word }) {
  runs++;
  Atomics.add(word, 0, runs);
  Atomics.load(word, 0);
}

export const threads = [agent, agent];
