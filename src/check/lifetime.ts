import type { Subject } from '../trace/subject.ts';
import type { HeldLocks } from './held-locks.ts';
import type { Finding, FindingKind } from './finding.ts';

/**
 * Lifetime: memory used after it was removed, and locks released, freed or given up that should not
 * be.
 */
export class Lifetime {
  /** For each word: whether the region it lies in is retired. */
  private readonly retired: Uint8Array;
  private readonly initially: Uint8Array;
  /** False while no word is retired, so that accesses need not look. */
  any = false;
  private touched = false;
  private readonly subject: Subject;
  private readonly held: HeldLocks;
  private readonly report: (finding: Finding) => void;

  constructor(subject: Subject, held: HeldLocks, report: (finding: Finding) => void) {
    this.subject = subject;
    this.held = held;
    this.report = report;
    this.retired = new Uint8Array(subject.wordCount);
    this.initially = new Uint8Array(subject.wordCount);
    for (const base of subject.retiredRegions) {
      const size = subject.record(base)?.size ?? 1;
      this.initially.fill(1, base + 1, base + size);
    }
    this.touched = true;
  }

  begin(): void {
    if (!this.touched) return;
    this.retired.set(this.initially);
    this.any = this.initially.includes(1);
    this.touched = false;
  }

  /** An operation on an object: is it still there? */
  use(agent: number, object: number, event: number): void {
    if (this.retired[object] === 0) return;
    this.fail(
      'use-after-remove',
      agent,
      object,
      event,
      `use of ${this.subject.name(object)} after its removal`,
      'uses',
    );
  }

  retire(agent: number, base: number, last: number, event: number): void {
    this.touched = true;
    this.any = true;
    for (let word = base + 1; word <= last; word++) {
      this.retired[word] = 1;
      if (this.held.writer[word] !== 0 || this.held.readers[word] !== 0) {
        const name = this.subject.className(word);
        this.fail(
          'held-lock-freed',
          agent,
          word,
          event,
          `held lock freed: ${name}`,
          'removes the memory of',
        );
      }
    }
  }

  revive(base: number, last: number): void {
    this.touched = true;
    this.retired.fill(0, base + 1, last + 1);
    this.any = this.retired.includes(1);
  }

  badUnlock(agent: number, object: number, event: number): void {
    const name = this.subject.className(object);
    const title = `bad unlock: ${name} is released by an agent that does not hold it`;
    this.fail('bad-unlock', agent, object, event, title, 'releases');
  }

  spawnedTwice(agent: number, object: number, event: number): void {
    const title = `${this.subject.name(object)} is spawned twice: an agent runs once`;
    this.fail('spawned-twice', agent, object, event, title, 'spawns');
  }

  initialise(agent: number, object: number, event: number): void {
    if (this.held.writer[object] === 0) return;
    const title = `held lock initialised again: ${this.subject.className(object)}`;
    this.fail('held-lock-reinitialised', agent, object, event, title, 'initialises');
  }

  exit(agent: number, event: number): void {
    if (this.held.depth[agent] === 0) return;
    if ((this.subject.mortals & (1 << agent)) !== 0) return;
    for (const lock of this.held.list(agent)) {
      const title = `lock held at exit: ${this.subject.className(lock.object)}`;
      this.fail('lock-held-at-exit', agent, lock.object, event, title, 'ends with');
    }
  }

  private fail(
    kind: FindingKind,
    agent: number,
    object: number,
    event: number,
    title: string,
    action: string,
  ): void {
    this.report({
      kind,
      level: 'happened',
      title,
      key: `${kind} ${this.subject.name(object)} ${this.subject.agentNames[agent]}`,
      event,
      parties: [{ agent, event, action, object, mode: -1, held: this.held.list(agent) }],
    });
  }
}
