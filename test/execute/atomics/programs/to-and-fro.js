/** One sets a word three times, the other takes it back as often: the same results, no spin. */
export function setup() {
  return { word: new Int32Array(new SharedArrayBuffer(4)) };
}

function turn(from, to) {
  return ({ word }) => {
    for (let i = 0; i < 3; i++) while (Atomics.compareExchange(word, 0, from, to) !== from);
  };
}

export const threads = { setter: turn(0, 1), taker: turn(1, 0) };

export function check({ word }) {
  return word[0] === 0;
}
