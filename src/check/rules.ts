import type { Subject } from '../trace/subject.ts';
import { Kind } from '../program/kinds.ts';
import { Mode, type HeldLocks } from './held-locks.ts';
import type { Finding } from './finding.ts';

/** Assertions about held locks: lockdep_assert_held and its kin (include/linux/lockdep.h). */
export class Rules {
  private readonly subject: Subject;
  private readonly held: HeldLocks;
  private readonly report: (finding: Finding) => void;

  constructor(subject: Subject, held: HeldLocks, report: (finding: Finding) => void) {
    this.subject = subject;
    this.held = held;
    this.report = report;
  }

  assert(kind: number, agent: number, object: number, event: number): void {
    const depth = this.held.find(agent, object);
    const mode = depth < 0 ? -1 : this.held.modeAt(agent, depth);
    switch (kind) {
      case Kind.assertHeld:
        if (mode < 0) this.fail(agent, object, event, 'is not held');
        break;
      case Kind.assertHeldWrite:
        if (mode !== Mode.write) this.fail(agent, object, event, 'is not held for writing');
        break;
      case Kind.assertHeldRead:
        if (mode !== Mode.read && mode !== Mode.recursiveRead) {
          this.fail(agent, object, event, 'is not held for reading');
        }
        break;
      default:
        if (mode >= 0) this.fail(agent, object, event, 'is held and must not be');
    }
  }

  /** An agent says that it holds no lock. */
  noneHeld(agent: number, event: number): void {
    if (this.held.depth[agent]! === 0) return;
    const held = this.held.list(agent);
    const name = this.subject.agentNames[agent]!;
    this.report({
      kind: 'assertion-failed',
      level: 'happened',
      title: 'assertion failed: no lock is held',
      key: `assertion-failed none held ${name}`,
      event,
      parties: [{ agent, event, action: 'asserts', object: held[0]!.object, mode: -1, held }],
    });
  }

  private fail(agent: number, object: number, event: number, what: string): void {
    const { subject } = this;
    const name = subject.className(object);
    this.report({
      kind: 'assertion-failed',
      level: 'happened',
      title: `assertion failed: ${name} ${what}`,
      key: `assertion-failed ${name} ${what} ${subject.agentNames[agent]}`,
      event,
      parties: [{ agent, event, action: 'asserts', object, mode: -1, held: this.held.list(agent) }],
    });
  }
}
