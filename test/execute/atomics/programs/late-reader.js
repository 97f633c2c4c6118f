/** Two threads store to a word, a third reads it and then meets one of them at a futex. */
export function setup() {
  const word = () => new Int32Array(new SharedArrayBuffer(4));
  return { data: word(), bell: word() };
}

function writer(value) {
  return ({ data }) => {
    Atomics.store(data, 0, value);
  };
}

export const threads = {
  one: writer(1),
  two({ data, bell }) {
    writer(2)({ data });
    Atomics.store(bell, 0, 1);
    Atomics.notify(bell, 0);
  },
  reader({ data, bell }) {
    const seen = Atomics.load(data, 0);
    Atomics.wait(bell, 0, 0);
    return seen;
  },
};
