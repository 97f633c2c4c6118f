/** Two plain increments that nothing orders: one is lost if both read before one writes. */
export function setup() {
  return { words: new Int32Array(new SharedArrayBuffer(8)) };
}

function add({ words }) {
  Atomics.add(words, 0, 1);
  const before = words[1];
  Atomics.add(words, 0, 1);
  words[1] = before + 1;
}

export const threads = { one: add, two: add };

export function check({ words }) {
  if (words[1] !== 2) throw new Error('an increment was lost');
}
