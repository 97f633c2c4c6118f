/** One writes a word, the other one of its bytes through a DataView: a race. */
export function setup() {
  const buffer = new SharedArrayBuffer(8);
  return { words: new Int32Array(buffer), view: new DataView(buffer) };
}

export const threads = {
  words({ words }) {
    words[1] = 0x01020304;
  },
  bytes({ view }) {
    view.setUint8(5, 9);
  },
};
