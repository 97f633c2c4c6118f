import { AgentAt, agentLine } from './control.ts';

/**
 * The log of one agent: a flat array in shared memory that the agent's thread appends to and the
 * coordinator reads.
 *
 *     | sequence | kind | object | argument | argument2 | result |   one entry
 */
export const EntryAt = {
  sequence: 0,
  kind: 1,
  object: 2,
  argument: 3,
  argument2: 4,
  result: 5,
  size: 6,
} as const;

/** Entries that a log has room for; an iteration with more operations than that is not captured. */
const entriesMax = 32_768;

export function makeLogBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(entriesMax * EntryAt.size * Int32Array.BYTES_PER_ELEMENT);
}

export class ThreadLog {
  readonly entries: Int32Array;
  private readonly control: Int32Array;
  private readonly lengthAt: number;

  constructor(buffer: SharedArrayBuffer, control: Int32Array, agent: number) {
    this.entries = new Int32Array(buffer);
    this.control = control;
    this.lengthAt = agentLine(agent) + AgentAt.logLength;
  }

  /** Entries written. More than there is room for means that some were dropped. */
  get length(): number {
    return Atomics.load(this.control, this.lengthAt);
  }

  get overflowed(): boolean {
    return this.length > entriesMax;
  }

  clear(): void {
    Atomics.store(this.control, this.lengthAt, 0);
  }

  add(
    sequence: number,
    kind: number,
    object: number,
    argument: number,
    argument2: number,
    result: number,
  ): void {
    // Only the agent's own thread writes the length, so a plain read of it is its own last write.
    const length = this.control[this.lengthAt]!;
    if (length < entriesMax) {
      const { entries } = this;
      let at = length * EntryAt.size;
      entries[at++] = sequence;
      entries[at++] = kind;
      entries[at++] = object;
      entries[at++] = argument;
      entries[at++] = argument2;
      entries[at] = result;
    }
    Atomics.store(this.control, this.lengthAt, length + 1);
  }
}
