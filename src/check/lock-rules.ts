import type { Subject } from '../trace/subject.ts';
import { Kind, ObjectType } from '../program/kinds.ts';
import type { HeldLocks } from './held-locks.ts';
import type { Finding } from './finding.ts';

/**
 * Declared rules of lock classes: their order, which of them are leaves, and under which nobody may
 * wait. A rule is broken by a single agent, in an execution in which nothing comes of it.
 */
export class LockRules {
  /** Whether anything was declared. */
  readonly any: boolean;
  private readonly subject: Subject;
  private readonly held: HeldLocks;
  private readonly report: (finding: Finding) => void;

  constructor(subject: Subject, held: HeldLocks, report: (finding: Finding) => void) {
    this.subject = subject;
    this.held = held;
    this.report = report;
    const declared = subject.declarations;
    this.any =
      declared !== undefined &&
      declared.orders.size + declared.leaves.size + declared.noWaits.size + declared.levels.size >
        0;
  }

  /** An agent asks for a lock, or has just got it; before it is among those that it holds. */
  acquire(agent: number, object: number, isTry: boolean, event: number): void {
    const { orders, leaves, levels } = this.subject.declarations!;
    const wanted = this.subject.className(object);
    const after = isTry ? undefined : orders.get(wanted);
    const inner = isTry ? undefined : levels.get(wanted);
    for (let depth = 0; depth < this.held.depth[agent]!; depth++) {
      const lock = this.held.objectAt(agent, depth);
      const name = this.subject.className(lock);
      if (after?.has(name) === true) {
        const title = `declared order broken: ${wanted} is acquired under ${name}`;
        this.fail(agent, object, event, title, 'acquires');
      }
      const outer = inner === undefined ? undefined : levels.get(name);
      if (inner !== undefined && outer !== undefined && inner <= outer && name !== wanted) {
        const under = `${name} (level ${outer})`;
        const asked = `${wanted} (level ${inner})`;
        const title = `declared level broken: ${asked} is acquired under ${under}`;
        this.fail(agent, object, event, title, 'acquires');
      }
      if (leaves.has(name)) {
        const title = `declared leaf broken: ${wanted} is acquired under ${name}`;
        this.fail(agent, object, event, title, 'acquires');
      }
    }
  }

  /** An agent does something of this kind, or waits in it. */
  mayWait(agent: number, kind: number, object: number, event: number): void {
    const { noWaits } = this.subject.declarations!;
    if (noWaits.size === 0 || !this.sleeps(kind, object)) return;
    for (let depth = 0; depth < this.held.depth[agent]!; depth++) {
      const name = this.subject.className(this.held.objectAt(agent, depth));
      if (!noWaits.has(name)) continue;
      const what = object === 0 ? 'time' : this.subject.className(object);
      const title = `waiting is not allowed under ${name}: an agent may wait for ${what}`;
      this.fail(agent, object, event, title, 'may wait for');
    }
  }

  /** Whether an operation may put its agent to sleep, as opposed to spin or give up. */
  private sleeps(kind: number, object: number): boolean {
    switch (kind) {
      case Kind.acquire:
        return this.subject.types[object] !== ObjectType.spinLock;
      case Kind.readAcquire:
      case Kind.writeAcquire:
      case Kind.writeGrant:
        return this.subject.types[object] !== ObjectType.rwLock;
      default:
        return (
          kind === Kind.waitUntil ||
          kind === Kind.await ||
          kind === Kind.join ||
          kind === Kind.drain ||
          kind === Kind.sleep
        );
    }
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
