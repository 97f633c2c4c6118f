import { Kind } from '../program/kinds.ts';
import { agentCountMax } from '../program/layout.ts';
import { notGranted } from '../program/operation-table.ts';

/**
 * For each agent a number for all that it has done and been answered. An agent depends on nothing
 * else, so two executions in which these numbers, the words, and who has ended are the same go on
 * in the same ways.
 *
 * An agent that says `forget` depends on less. An operation that had to queue counts as if it had
 * been granted at once: its agent is told nothing of that.
 */
export class Histories {
  /** Agents that have forgotten something. */
  forgetful = 0;
  /** Two lanes for each agent. */
  private readonly lanes = new Int32Array((agentCountMax + 1) * 2);
  /** The same without what agents have forgotten; `lanes` itself where their word is taken. */
  private readonly known: Int32Array;
  /** How often each agent has forgotten. */
  private readonly forgets = new Int32Array(agentCountMax + 1);
  /** Of those who have queued: the kind of the operation, and all lanes before it. */
  private readonly queuedKind = new Uint8Array(agentCountMax + 1);
  private readonly before = new Int32Array((agentCountMax + 1) * 4);
  private agents = 0;
  /** Whether it matters what an agent has observed that has ended. */
  private readonly ended: boolean;

  /**
   * @param trusting - whether states that differ only in what agents have forgotten are one
   * @param ended - whether it matters what an agent has observed that has ended
   */
  constructor(trusting = true, ended = false) {
    this.ended = ended;
    this.known = trusting ? this.lanes : new Int32Array(this.lanes.length);
  }

  /** An execution begins. */
  begin(agents: number): void {
    this.agents = agents;
    this.forgetful = 0;
    this.lanes.fill(0);
    this.known.fill(0);
    this.forgets.fill(0);
    this.queuedKind.fill(0);
  }

  note(agent: number, kind: number, object: number, argument: number, result: number): void {
    const { lanes, known, before, queuedKind } = this;
    const at = agent * 2;
    let what = kind;
    if (queuedKind[agent] !== 0) {
      what = queuedKind[agent]!;
      queuedKind[agent] = 0;
      lanes[at] = before[at * 2]!;
      lanes[at + 1] = before[at * 2 + 1]!;
      known[at] = before[at * 2 + 2]!;
      known[at + 1] = before[at * 2 + 3]!;
    } else if (result === notGranted) {
      queuedKind[agent] = kind;
      before[at * 2] = lanes[at]!;
      before[at * 2 + 1] = lanes[at + 1]!;
      before[at * 2 + 2] = known[at]!;
      before[at * 2 + 3] = known[at + 1]!;
    }
    what += Math.imul(object, 128);
    this.add(lanes, at, what, argument, result);
    if (known !== lanes) this.add(known, at, what, argument, result);
  }

  /** The agent depends only on this; undefined: on how often it has forgotten. */
  forget(agent: number, state: number | undefined): void {
    const { lanes, known, forgets } = this;
    const at = agent * 2;
    // Before its first operation there is nothing to forget.
    if (lanes[at] === 0 && lanes[at + 1] === 0) return;
    forgets[agent] = forgets[agent]! + 1;
    this.forgetful |= 1 << agent;
    known[at] = 0;
    known[at + 1] = 0;
    if (state === undefined) this.add(known, at, Kind.forget, forgets[agent]!, 0);
    else this.add(known, at, Kind.forget, state, 1);
  }

  /**
   * One number of 53 bits for all that an agent knows.
   *
   * @param first - the agent that stands for it and all that are like it; default: itself
   */
  knownTo(agent: number, first: number = agent): number {
    const at = agent * 2;
    const one = mix(this.known[at]!, first, 0x2545f491);
    const other = mix(this.known[at + 1]!, first, 0x68e31da5);
    return (one >>> 0) * 0x200000 + (other >>> 11);
  }

  /** The same as one of two lanes, by which states are told apart. */
  lane(agent: number, which: 0 | 1): number {
    return this.lanes[agent * 2 + which]!;
  }

  private add(lanes: Int32Array, at: number, what: number, argument: number, result: number): void {
    let one = mix(lanes[at]!, what, 0x2545f491);
    let other = mix(lanes[at + 1]!, what, 0x68e31da5);
    one = mix(mix(one, argument, 0x1b873593), result, 0x2545f491);
    other = mix(mix(other, argument, 0x0cc9e2d5), result, 0x68e31da5);
    lanes[at] = one;
    lanes[at + 1] = other;
  }

  /**
   * One number of 53 bits for the words, what living agents have observed, and the rest that
   * decides how it goes on: two states with one number are a matter of 2^-53 for each pair.
   */
  key(memory: Int32Array, alive: number, stale: number, clock: number): number {
    let one = mix(alive, stale, 0x2545f491);
    let other = mix(stale, alive, 0x68e31da5);
    one = mix(one, clock, 0x1b873593);
    other = mix(other, clock, 0x0cc9e2d5);
    for (let agent = 0; agent < this.agents; agent++) {
      if (!this.ended && (alive & (1 << agent)) === 0) continue;
      one = mix(one, this.lanes[agent * 2]!, 0x2545f491);
      other = mix(other, this.lanes[agent * 2 + 1]!, 0x68e31da5);
    }
    for (let at = 0; at < memory.length; at++) {
      const word = memory[at]!;
      one = mix(one, word, 0x1b873593);
      other = mix(other, word, 0x0cc9e2d5);
    }
    return (one >>> 0) * 0x200000 + (other >>> 11);
  }
}

/** Takes a number into a lane. */
export function mix(one: number, other: number, by: number): number {
  const bits = Math.imul(one ^ ((other << 15) | (other >>> 17)), by) + Math.imul(other, 0x9e3779b1);
  return ((bits ^ (bits >>> 15)) + 0x7f4a7c15) | 0;
}
