import { Access, accessOf, operationTable } from '../program/operation-table.ts';
import { Kind } from '../program/kinds.ts';
import { EventLog, eventSize } from '../trace/event.ts';

/** Kinds of events that say nothing of the trace: they depend on who looked when. */
const silent = Uint8Array.from(operationTable, (_, kind) =>
  kind === Kind.wait || kind === Kind.exit || kind === Kind.stall ? 1 : 0,
);

/**
 * Records an execution's events, and with them a number that stands for its Mazurkiewicz trace:
 * executions that differ only in the order of independent operations have the same number, and so
 * the same findings.
 *
 * Each operation's hash is made from the hashes of what precedes it directly: its agent's operation
 * before, and the operations on its object that it does not commute with. The trace's number is the
 * sum over the agents' last hashes. Two lanes of 32 bits make an accident (two traces, one number)
 * a matter of 2^-53 for each pair.
 */
export class TraceRecorder extends EventLog {
  private readonly agents: number;
  /** Both lanes of each agent's last operation. */
  private readonly last: Int32Array;
  /**
   * For each object, both lanes: of its last write, and the sum over commuting operations since.
   */
  private readonly write: Int32Array;
  private readonly since: Int32Array;
  /**
   * For each object: the access of the commuting operations since; and the execution that it is of.
   */
  private readonly group: Int32Array;
  private readonly stamp: Int32Array;
  private run = 0;

  constructor(agents: number, words: number) {
    super();
    this.agents = agents;
    this.last = new Int32Array(agents * 2);
    this.write = new Int32Array(words * 2);
    this.since = new Int32Array(words * 2);
    this.group = new Int32Array(words);
    this.stamp = new Int32Array(words);
  }

  begin(): void {
    this.length = 0;
  }

  /** The number of the trace that has been recorded. */
  key(): number {
    // In one loop behind the execution, so that to record an event is nothing but to store it.
    const { agents, last } = this;
    this.run = (this.run + 1) | 0;
    for (let agent = 0; agent < agents; agent++) {
      last[agent * 2] = agent + 1;
      last[agent * 2 + 1] = ~agent;
    }
    this.hashAll();
    let one = 0;
    let other = 0;
    for (let agent = 0; agent < agents; agent++) {
      one = (one + mix(last[agent * 2]!, agent, 0x2545f491)) | 0;
      other = (other + mix(last[agent * 2 + 1]!, agent, 0x68e31da5)) | 0;
    }
    return (one >>> 0) * 0x200000 + (other >>> 11);
  }

  private hashAll(): void {
    const { numbers } = this;
    for (let at = 0, end = this.length * eventSize; at < end; at += eventSize) {
      const kind = numbers[at]!;
      if (silent[kind] !== 0) continue;
      const agent = numbers[at + 1]!;
      const object = numbers[at + 2]!;
      if (kind === Kind.retire || kind === Kind.revive) {
        const last = numbers[at + 3]!;
        for (let word = object; word <= last; word++) this.hash(kind, agent, word, Access.write);
      } else {
        this.hash(kind, agent, object, accessOf[kind]!);
      }
    }
  }

  private hash(kind: number, agent: number, object: number, access: number): void {
    const { last, write, since, group } = this;
    const at = object * 2;
    const own = agent * 2;
    const what = Math.imul(object, 64) + kind;
    let one = mix(last[own]!, what, 0x2545f491);
    let other = mix(last[own + 1]!, what, 0x68e31da5);
    if (access !== Access.none) {
      if (this.stamp[object] !== this.run) this.fresh(object);
      const before = group[object]!;
      let writeOne = write[at]!;
      let writeOther = write[at + 1]!;
      if (access === Access.write || (before !== access && before !== 0)) {
        // It follows all commuting operations since the last write, not only that write.
        writeOne = mix(writeOne, since[at]!, 0x1b873593);
        writeOther = mix(writeOther, since[at + 1]!, 0x0cc9e2d5);
        write[at] = writeOne;
        write[at + 1] = writeOther;
        since[at] = 0;
        since[at + 1] = 0;
      }
      one = mix(one, writeOne, 0x2545f491);
      other = mix(other, writeOther, 0x68e31da5);
      if (access === Access.write) {
        write[at] = one;
        write[at + 1] = other;
        group[object] = 0;
      } else {
        since[at] = (since[at]! + one) | 0;
        since[at + 1] = (since[at + 1]! + other) | 0;
        group[object] = access;
      }
    }
    last[own] = one;
    last[own + 1] = other;
  }

  private fresh(object: number): void {
    const at = object * 2;
    this.stamp[object] = this.run;
    this.write[at] = 0;
    this.write[at + 1] = 0;
    this.since[at] = 0;
    this.since[at + 1] = 0;
    this.group[object] = 0;
  }
}

function mix(one: number, other: number, by: number): number {
  const bits = Math.imul(one ^ ((other << 15) | (other >>> 17)), by) + other;
  return (bits ^ (bits >>> 15)) | 0;
}
