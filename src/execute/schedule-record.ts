/** Kinds fit into this many values, so that an object and a kind are one number. */
const kindsMax = 128;

/** The steps of one execution, as they happen. Grows, and is used again. */
export class ScheduleRecord {
  /** Who performed each step. */
  agents: Int32Array = new Int32Array(256);
  /** What it performed: object and kind in one number. */
  private operations = new Int32Array(256);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  add(agent: number, kind: number, object: number): void {
    const at = this.length;
    if (at === this.agents.length) this.grow();
    this.agents[at] = agent;
    this.operations[at] = object * kindsMax + kind;
    this.length = at + 1;
  }

  /** Whether two steps are of the same agent and do the same to the same object. */
  sameStep(one: number, other: number): boolean {
    const { agents, operations } = this;
    return agents[one] === agents[other] && operations[one] === operations[other];
  }

  /** The kind of a step's operation. */
  kindAt(step: number): number {
    return this.operations[step]! % kindsMax;
  }

  /** The object of a step's operation. */
  objectAt(step: number): number {
    return Math.floor(this.operations[step]! / kindsMax);
  }

  /** A copy of the steps, in arrays of just their number. */
  steps(): RecordedSteps {
    const { length } = this;
    const operations = this.operations.subarray(0, length);
    return {
      agents: this.agents.slice(0, length),
      kinds: operations.map((operation) => operation % kindsMax),
      objects: operations.map((operation) => Math.floor(operation / kindsMax)),
    };
  }

  private grow(): void {
    const larger = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(from.length * 2);
      to.set(from);
      return to;
    };
    this.agents = larger(this.agents);
    this.operations = larger(this.operations) as Int32Array<ArrayBuffer>;
  }
}

/** Steps by column: agent, kind of operation, object. Kind 0 stands for "any operation". @public */
export interface RecordedSteps {
  readonly agents: Int32Array;
  readonly kinds: Int32Array;
  readonly objects: Int32Array;
}
