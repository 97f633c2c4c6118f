import { Kind } from '../program/kinds.ts';
import { operationTable, Order } from '../program/operation-table.ts';

const acquiresOf = Int32Array.from(operationTable, (row) => row.acquires);
const releasesOf = Int32Array.from(operationTable, (row) => row.releases);

/**
 * The time of an execution, from its events alone. Each agent has a clock of its own, which its
 * sleeps move, and which comes up to that of another wherever it has to come after what the other
 * did. So it is the least time that such an execution can take, and the same for all orders of its
 * independent steps.
 */
export class VirtualTime {
  /** Milliseconds, by agent. */
  readonly now: Float64Array;
  /** When what writers, and readers, of an object published was there. */
  private readonly writers: Float64Array;
  private readonly readers: Float64Array;

  constructor(agents: number, words: number) {
    this.now = new Float64Array(agents);
    this.writers = new Float64Array(words);
    this.readers = new Float64Array(words);
  }

  begin(): void {
    this.now.fill(0);
    this.writers.fill(0);
    this.readers.fill(0);
  }

  /** An agent lets time pass: {@link passesTime}. */
  sleep(agent: number, ms: number): void {
    this.now[agent] = this.now[agent]! + ms;
  }

  /** An operation of this kind has not failed: what it comes after, and what comes after it. */
  pass(kind: number, agent: number, object: number): void {
    const { now, writers, readers } = this;
    const acquires = acquiresOf[kind]!;
    const releases = releasesOf[kind]!;
    let time = now[agent]!;
    if (acquires === Order.writers || acquires === Order.both) {
      time = Math.max(time, writers[object]!);
    }
    if (acquires === Order.readers || acquires === Order.both) {
      time = Math.max(time, readers[object]!);
    }
    now[agent] = time;
    if (releases === Order.readers) readers[object] = Math.max(readers[object]!, time);
    else if (releases !== Order.none) writers[object] = Math.max(writers[object]!, time);
  }
}

/** Whether an operation lets time pass, as its argument says. */
export function passesTime(kind: number): boolean {
  return kind === Kind.sleep || kind === Kind.retry;
}
