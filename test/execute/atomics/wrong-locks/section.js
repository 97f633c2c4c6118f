/** A section that a lock keeps: counts by plain accesses, so that two inside of it race. */
export function words(count) {
  return new Int32Array(new SharedArrayBuffer(count * 4));
}

export function enter(data) {
  data[0] = data[0] + 1;
}
