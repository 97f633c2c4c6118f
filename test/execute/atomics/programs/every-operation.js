/** A long random list of accesses of every kind and size by one thread: what each gave. */
const kinds = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
];
const plainKinds = [...kinds, Uint8ClampedArray, Float32Array, Float64Array];
const changes = ['add', 'sub', 'and', 'or', 'xor', 'exchange', 'store'];
const bytes = 32;

export function setup() {
  return { buffer: new SharedArrayBuffer(bytes) };
}

/** @param seed - of a small generator of numbers */
export function everything({ buffer }, seed = 1) {
  let state = seed;
  const next = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const values = [0, 1, -1, 255, 256, 65535, -32768, 2 ** 31, 2 ** 32 + 5, -7];
  const value = (big) => {
    const one = values[next(values.length)];
    return big ? BigInt(one) : one;
  };
  const results = [];
  for (let i = 0; i < 400; i++) {
    const how = next(5);
    const list = how < 2 ? kinds : plainKinds;
    const View = list[next(list.length)];
    const big = View.name.startsWith('Big');
    const view = new View(buffer);
    const at = next(view.length);
    if (how === 0) {
      const name = changes[next(changes.length)];
      results.push(`${name} ${View.name} ${Atomics[name](view, at, value(big))}`);
    } else if (how === 1) {
      const seen = Atomics.load(view, at);
      const expected = next(2) === 0 ? seen : value(big);
      results.push(Atomics.compareExchange(view, at, expected, value(big)));
    } else if (how === 2) {
      view[at] = next(3) === 0 && !big ? 2.5 : value(big);
      results.push(view[at]);
    } else if (how === 3) {
      const name = View === Uint8ClampedArray ? 'Uint8' : View.name.replace('Array', '');
      const data = new DataView(buffer);
      const offset = next(bytes - View.BYTES_PER_ELEMENT + 1);
      data[`set${name}`](offset, value(big), next(2) === 0);
      results.push(data[`get${name}`](offset, next(2) === 0));
    } else {
      const part = view.subarray(1, 4);
      results.push(part.length, [...part].join(), view.indexOf(value(big)), part.at(-1));
      part.set([value(big), value(big)], 0);
      results.push(part.slice().join(), view.map((one) => one).length);
      part.fill(value(big));
      results.push(part.join('-'), [...part.keys()].length, Object.prototype.toString.call(part));
    }
  }
  return results.map(String);
}

export const threads = { only: (shared) => everything(shared, 1) };

/** What the test compares with. */
export const returned = [];

export function check(_shared, { only }) {
  returned.push(only);
}
