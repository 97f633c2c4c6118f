/** Publication by a flag that the reader spins on, with no bound. */
export function setup() {
  return {
    flag: new Int32Array(new SharedArrayBuffer(4)),
    data: new Int32Array(new SharedArrayBuffer(4)),
  };
}

export const threads = {
  writer({ flag, data }) {
    data[0] = 42;
    Atomics.store(flag, 0, 1);
  },
  reader({ flag, data }) {
    while (Atomics.load(flag, 0) === 0);
    return data[0];
  },
};

export function check(_shared, { reader }) {
  return reader === 42;
}
