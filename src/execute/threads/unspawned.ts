import { Kind } from '../../program/kinds.ts';
import { SpawnedAt } from '../../program/layout.ts';
import { AgentAt, agentLine, AgentState, ControlAt, StripeAt, stripeLine } from './control.ts';

/**
 * On free threads: lets the threads go of agents that nobody can spawn any more. Each agent looks
 * when it has ended, and when it has said that it waits to be spawned; whoever does so last sees
 * that nobody is left, so nobody has to watch.
 */
export class Unspawned {
  private readonly memory: Int32Array;
  private readonly control: Int32Array;
  private readonly agents: number;
  /** The objects of the agents that do not begin by themselves. */
  private readonly objects: readonly number[];

  constructor(memory: Int32Array, control: Int32Array, agents: number, objects: readonly number[]) {
    this.memory = memory;
    this.control = control;
    this.agents = agents;
    this.objects = objects;
  }

  /** Lets them go if all agents have ended or wait to be spawned. */
  look(): void {
    const { control, objects } = this;
    if (objects.length === 0) return;
    for (let agent = 0; agent < this.agents; agent++) {
      if (!this.hasEnded(agent) && !this.waits(agent)) return;
    }
    Atomics.store(control, ControlAt.over, 1);
    for (const object of objects) {
      const futex = stripeLine(object) + StripeAt.futex;
      Atomics.add(control, futex, 1);
      Atomics.notify(control, futex);
    }
  }

  private hasEnded(agent: number): boolean {
    const state = Atomics.load(this.control, agentLine(agent) + AgentAt.state);
    return state === AgentState.done || state === AgentState.failed;
  }

  /** One that has been spawned may not have noticed yet; its spawner had not ended before. */
  private waits(agent: number): boolean {
    const line = agentLine(agent);
    if (Atomics.load(this.control, line + AgentAt.waitKind) !== Kind.begin) return false;
    const object = Atomics.load(this.control, line + AgentAt.waitObject);
    return Atomics.load(this.memory, object + SpawnedAt.spawned) === 0;
  }
}
