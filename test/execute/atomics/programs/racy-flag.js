/** The same with a flag that is written and read plainly. */
export function setup() {
  return {
    flag: new Int32Array(new SharedArrayBuffer(4)),
    data: new Int32Array(new SharedArrayBuffer(4)),
  };
}

export const threads = {
  writer({ flag, data }) {
    data[0] = 42;
    flag[0] = 1;
  },
  reader({ flag, data }) {
    return flag[0] === 1 ? data[0] : -1;
  },
};
