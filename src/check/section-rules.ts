import type { LockSet, SectionLocks } from '../program/declarations.ts';
import type { Subject } from '../trace/subject.ts';
import type { Finding } from './finding.ts';
import type { HeldLocks } from './held-locks.ts';

/** What sections ask of the locks of whoever enters them, and of what they give back inside. */
export class SectionRules {
  /** Whether anything was declared. */
  readonly any: boolean;
  private readonly sections: ReadonlyMap<number, SectionLocks>;
  /** For each agent the sections that it is in, innermost last. */
  private readonly inside: number[][];
  private readonly subject: Subject;
  private readonly held: HeldLocks;
  private readonly report: (finding: Finding) => void;

  constructor(subject: Subject, held: HeldLocks, report: (finding: Finding) => void) {
    this.subject = subject;
    this.held = held;
    this.report = report;
    this.sections = subject.declarations?.sections ?? new Map<number, SectionLocks>();
    this.any = this.sections.size > 0;
    this.inside = Array.from({ length: subject.agentCount }, () => []);
  }

  begin(): void {
    if (!this.any) return;
    for (const list of this.inside) list.length = 0;
  }

  enter(agent: number, section: number, event: number): void {
    const rules = this.sections.get(section);
    if (rules === undefined) return;
    const say = (problem: string): void => {
      this.fail(agent, section, event, `${this.subject.name(section)} ${problem}`, 'enters');
    };
    for (const set of [...rules.requires, ...rules.pinned]) {
      if (!this.holds(agent, set)) say(`is entered without ${set.name}, which it requires`);
    }
    for (const set of rules.excludes) {
      if (this.holds(agent, set)) say(`is entered with ${set.name} held, which it excludes`);
    }
    if (rules.noneHeld && this.held.depth[agent]! > 0) {
      say('is entered with locks held, where none may be');
    }
    this.inside[agent]!.push(section);
  }

  leave(agent: number, section: number): void {
    const list = this.inside[agent]!;
    const at = list.lastIndexOf(section);
    if (at !== -1) list.splice(at, 1);
  }

  /** The agent gives a lock back. */
  release(agent: number, lock: number, event: number): void {
    for (const section of this.inside[agent]!) {
      const pinned = this.sections.get(section)!.pinned.some(({ locks }) => locks.includes(lock));
      if (!pinned) continue;
      const name = this.subject.className(lock);
      const title = `pinned lock released: ${name}, within ${this.subject.name(section)}`;
      this.fail(agent, lock, event, title, 'releases');
    }
  }

  private holds(agent: number, { locks }: LockSet): boolean {
    return locks.some((lock) => this.held.find(agent, lock) >= 0);
  }

  private fail(agent: number, object: number, event: number, title: string, action: string): void {
    this.report({
      kind: 'lock-rule-broken',
      level: 'happened',
      title,
      key: `${title} ${this.subject.agentNames[agent]}`,
      event,
      parties: [{ agent, event, action, object, mode: -1, held: this.held.list(agent) }],
    });
  }
}
