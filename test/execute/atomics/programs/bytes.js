/** Bytes of one word are nobody's business but their own; the same byte is. */
export function setup() {
  const buffer = new SharedArrayBuffer(16);
  return { buffer, bytes: new Uint8Array(buffer), wide: new BigInt64Array(buffer, 8) };
}

export const threads = {
  even({ bytes, wide }) {
    bytes[0] = 1;
    bytes[2] = 3;
    Atomics.add(wide, 0, 0x1_0000_0001n);
  },
  odd({ bytes, wide }) {
    bytes[1] = 2;
    bytes[3] = 4;
    Atomics.add(wide, 0, 0x7fff_ffffn);
  },
};

export function check({ bytes, wide }) {
  return bytes.slice(0, 4).join() === '1,2,3,4' && wide[0] === 0x1_8000_0000n;
}
