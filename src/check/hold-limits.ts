import type { Subject } from '../trace/subject.ts';
import { VirtualTime } from '../trace/virtual-time.ts';
import type { Finding } from './finding.ts';
import type { HeldLocks } from './held-locks.ts';

/**
 * How long locks are held in virtual time, against what was declared (`heldAtMost`).
 */
export class HoldLimits {
  /** Whether anything was declared. */
  readonly any: boolean;
  private readonly limits: ReadonlyMap<string, number>;
  readonly time: VirtualTime;
  /** When each limited lock was taken, by lock and agent. */
  private readonly since = new Map<number, number>();
  private readonly subject: Subject;
  private readonly held: HeldLocks;
  private readonly report: (finding: Finding) => void;

  constructor(subject: Subject, held: HeldLocks, report: (finding: Finding) => void) {
    this.subject = subject;
    this.held = held;
    this.report = report;
    this.limits = subject.declarations?.limits ?? new Map<string, number>();
    this.any = this.limits.size > 0;
    this.time = new VirtualTime(subject.agentCount, this.any ? subject.wordCount : 0);
  }

  begin(): void {
    if (!this.any) return;
    this.time.begin();
    this.since.clear();
  }

  taken(agent: number, lock: number): void {
    if (!this.limits.has(this.subject.className(lock))) return;
    this.since.set(lock * 32 + agent, this.time.now[agent]!);
  }

  /** The agent gives a lock back that it held. */
  released(agent: number, lock: number, event: number): void {
    const name = this.subject.className(lock);
    const limit = this.limits.get(name);
    const since = this.since.get(lock * 32 + agent);
    if (limit === undefined || since === undefined || this.time.now[agent]! - since <= limit)
      return;
    const title = `held too long: ${name}, for more than ${limit} ms`;
    this.report({
      kind: 'lock-rule-broken',
      level: 'happened',
      title,
      key: `${title} ${this.subject.agentNames[agent]}`,
      event,
      parties: [
        {
          agent,
          event,
          action: 'releases',
          object: lock,
          mode: -1,
          held: this.held.list(agent),
        },
      ],
    });
  }
}
