import { roomFor, type VectorClock } from './races/vector-clock.ts';

/**
 * Copies of vector clocks in one flat array. Of a clock that changes with each event that learns
 * something, as many are kept as there are such events: an array for each would cost the most,
 * above all beyond 16 agents, where V8 keeps arrays outside of its heap.
 */
export class ClockVersions {
  private numbers = new Int32Array(1024);
  private starts = new Int32Array(64);
  /** How many there are. */
  count = 0;

  /** Whole numbers that all copies take together. */
  get size(): number {
    return this.starts[this.count]!;
  }

  /** Keeps a copy; its number. */
  add(clock: VectorClock): number {
    const { size, count } = this;
    const end = size + clock.length;
    if (end > this.numbers.length) {
      const larger = new Int32Array(Math.max(end, this.numbers.length * 2));
      larger.set(this.numbers);
      this.numbers = larger;
    }
    if (count + 2 > this.starts.length) {
      const larger = new Int32Array(this.starts.length * 2);
      larger.set(this.starts);
      this.starts = larger;
    }
    const { numbers } = this;
    for (let agent = 0; agent < clock.length; agent++) numbers[size + agent] = clock[agent]!;
    this.starts[count + 1] = end;
    return this.count++;
  }

  /** For how many agents a copy says something. */
  lengthOf(version: number): number {
    return this.starts[version + 1]! - this.starts[version]!;
  }

  /** How many events of an agent a copy knows of. */
  at(version: number, agent: number): number {
    const at = this.starts[version]! + agent;
    return at < this.starts[version + 1]! ? this.numbers[at]! : 0;
  }

  /** Joins a copy into a clock; the latter, or a longer copy. */
  joinInto(version: number, into: VectorClock): VectorClock {
    const start = this.starts[version]!;
    const length = this.starts[version + 1]! - start;
    const clock = roomFor(into, length - 1);
    const { numbers } = this;
    for (let agent = 0; agent < length; agent++) {
      if (numbers[start + agent]! > clock[agent]!) clock[agent] = numbers[start + agent]!;
    }
    return clock;
  }

  /** A view, until the next copy is added. */
  view(version: number): VectorClock {
    return this.numbers.subarray(this.starts[version], this.starts[version + 1]);
  }

  clear(): void {
    this.count = 0;
  }
}
