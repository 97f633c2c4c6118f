import { agentCountMax } from '../program/layout.ts';

/**
 * For each agent a number for all that it has done and been answered. An agent depends on nothing
 * else, so two executions in which these numbers, the words, and who has ended are the same go on
 * in the same ways.
 */
export class Histories {
  /** Two lanes for each agent. */
  private readonly lanes = new Int32Array((agentCountMax + 1) * 2);
  private agents = 0;
  /** Whether what an agent has observed that has ended matters, as it does if it returns it. */
  private readonly ended: boolean;

  constructor(ended = false) {
    this.ended = ended;
  }

  /** An execution begins. */
  begin(agents: number): void {
    this.agents = agents;
    this.lanes.fill(0);
  }

  note(agent: number, kind: number, object: number, argument: number, result: number): void {
    const { lanes } = this;
    const at = agent * 2;
    const what = Math.imul(object, 128) + kind;
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

function mix(one: number, other: number, by: number): number {
  const bits = Math.imul(one ^ ((other << 15) | (other >>> 17)), by) + Math.imul(other, 0x9e3779b1);
  return ((bits ^ (bits >>> 15)) + 0x7f4a7c15) | 0;
}
