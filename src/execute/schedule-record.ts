/**
 * The steps of one execution, as they happen: who performed which operation on what. Grows, and is
 * used again.
 */
export class ScheduleRecord {
  agents: Int32Array = new Int32Array(256);
  kinds: Int32Array = new Int32Array(256);
  objects: Int32Array = new Int32Array(256);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  add(agent: number, kind: number, object: number): void {
    const at = this.length;
    if (at === this.agents.length) this.grow();
    this.agents[at] = agent;
    this.kinds[at] = kind;
    this.objects[at] = object;
    this.length = at + 1;
  }

  /** A copy of the steps, in arrays of just their number. */
  steps(): RecordedSteps {
    const { length } = this;
    return {
      agents: this.agents.slice(0, length),
      kinds: this.kinds.slice(0, length),
      objects: this.objects.slice(0, length),
    };
  }

  private grow(): void {
    const larger = (from: Int32Array): Int32Array => {
      const to = new Int32Array(from.length * 2);
      to.set(from);
      return to;
    };
    this.agents = larger(this.agents);
    this.kinds = larger(this.kinds);
    this.objects = larger(this.objects);
  }
}

/** Steps by column: agent, kind of operation, object. Kind 0 stands for "any operation". */
export interface RecordedSteps {
  readonly agents: Int32Array;
  readonly kinds: Int32Array;
  readonly objects: Int32Array;
}
