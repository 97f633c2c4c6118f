import { monotonicMs } from '../clock.ts';
import { AgentAt, agentLine, Phase } from './layout.ts';
import type { TortureAgents } from './torture-agents.ts';

/** Milliseconds without a turn of anybody before it is asked who sleeps. */
const stallMs = 50;

/**
 * Finds that nobody can go on: every agent waits, or rests and holds nothing, and all who wait are
 * asleep on the locks' words. That is certain and no matter of time: how many were asleep, waking
 * them says. On a busy machine, where threads are awake and have no processor, fewer are.
 */
export class StallDetector {
  private readonly agents: TortureAgents;
  /** Whether one who rests may owe somebody a signal. */
  private readonly restersOwe: boolean;
  private turns = 0;
  private sinceMs = monotonicMs();

  constructor(agents: TortureAgents, restersOwe: boolean) {
    this.agents = agents;
    this.restersOwe = restersOwe;
  }

  /** Looks once; what is wrong, or nothing. May wake sleepers for it, who then look again. */
  look(): string | undefined {
    const { agents } = this;
    let turns = 0;
    let mayGo = false;
    const waiting: number[] = [];
    for (let at = 0; at < agents.count; at++) {
      turns = (turns + Atomics.load(agents.control, agentLine(at) + AgentAt.turns)) | 0;
      const phase = agents.phase(at);
      if (phase === Phase.waiting) waiting.push(at);
      else if (phase === Phase.paused) mayGo ||= this.restersOwe;
      else if (phase !== Phase.ended && phase !== Phase.absent) mayGo = true;
      // One that is about to come may be whom they wait for.
      if (phase === Phase.absent && agents.isLeaving(at) && !agents.isStopped) mayGo = true;
    }
    if (mayGo || waiting.length === 0 || turns !== this.turns) {
      this.turns = turns;
      this.sinceMs = monotonicMs();
      return undefined;
    }
    const stalledMs = monotonicMs() - this.sinceMs;
    if (stalledMs < stallMs) return undefined;
    if (agents.wakeSleepers() < waiting.length) {
      this.sinceMs = monotonicMs();
      return undefined;
    }
    const names = waiting.map((at) => agents.name(at)).join(', ');
    return `${names} slept on the lock, and nobody was left to wake them: a wake-up was lost`;
  }
}
