import { AgentAt, agentLine, ControlAt } from './control.ts';

/**
 * Numbers of an agent's operations on free threads: logical clocks (Lamport, CACM 1978), one for
 * each agent and one for each object, in place of one counter for all. An operation's number is
 * above those of the agent's operations before it, and above those of the operations on the same
 * object that came before it and that it does not commute with. So the logs, sorted by number, are
 * an execution: operations on different objects may have changed places, and commute.
 *
 * An object's clock stands in a memory of its own, at the place that the object has in the arena.
 */
export class ObjectClocks {
  /** The agent's own clock: its last number. */
  private time = 0;
  private readonly words: Int32Array;
  private readonly control: Int32Array;
  private readonly ownAt: number;
  private readonly agents: number;
  private readonly numbering: boolean;

  /**
   * @param words - of all objects, as many as the arena has
   * @param numbering - off, all numbers are 0, and nothing is touched
   */
  constructor(
    words: Int32Array,
    control: Int32Array,
    agent: number,
    agents: number,
    numbering: boolean,
  ) {
    this.words = words;
    this.control = control;
    this.ownAt = agentLine(agent) + AgentAt.clock;
    this.agents = agents;
    this.numbering = numbering;
  }

  begin(): void {
    this.time = 0;
  }

  /** Of something that nobody else can tell the moment of. */
  own(): number {
    if (!this.numbering) return 0;
    return this.passed(this.time + 1);
  }

  /** Of an operation on an object on which nobody else can operate meanwhile. */
  step(at: number): number {
    if (!this.numbering) return 0;
    const number = this.after(Atomics.load(this.words, at));
    Atomics.store(this.words, at, number);
    return this.passed(number);
  }

  /** Of an operation on an object that others may meanwhile take numbers of. */
  raise(at: number): number {
    if (!this.numbering) return 0;
    for (;;) {
      const seen = Atomics.load(this.words, at);
      const number = this.after(seen);
      if (Atomics.compareExchange(this.words, at, seen, number) === seen) {
        return this.passed(number);
      }
    }
  }

  /** As `step` on a part of an object that is the agent's own, after what the other part says. */
  stepBeside(at: number, other: number): number {
    if (!this.numbering) return 0;
    const number = this.after(Atomics.load(this.words, other));
    Atomics.store(this.words, at, number);
    return this.passed(number);
  }

  /** As `step`, after what all parts of the object say. */
  stepAfter(at: number, parts: readonly number[]): number {
    if (!this.numbering) return 0;
    let most = Atomics.load(this.words, at);
    for (const part of parts) most = Math.max(most, Atomics.load(this.words, part));
    const number = this.after(most);
    Atomics.store(this.words, at, number);
    return this.passed(number);
  }

  /**
   * Of an operation on one object that says something of others, as that memory goes away: above
   * the numbers of all operations that are through, and of all on this object so far, and below
   * those of all that begin later.
   */
  fence(at: number): number {
    if (!this.numbering) return 0;
    const { control } = this;
    let most = Atomics.load(this.words, at);
    for (let agent = 0; agent < this.agents; agent++) {
      const line = agentLine(agent);
      // The clock is written before the log's length.
      Atomics.load(control, line + AgentAt.logLength);
      most = Math.max(most, control[line + AgentAt.clock]!);
    }
    const number = this.after(most);
    for (;;) {
      const floor = Atomics.load(control, ControlAt.floor);
      if (floor >= number) break;
      if (Atomics.compareExchange(control, ControlAt.floor, floor, number) === floor) break;
    }
    return this.passed(number);
  }

  private after(seen: number): number {
    const floor = Atomics.load(this.control, ControlAt.floor);
    return Math.max(this.time, seen, floor) + 1;
  }

  private passed(number: number): number {
    this.time = number;
    this.control[this.ownAt] = number;
    return number;
  }
}
