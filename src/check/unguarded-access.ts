import type { LockSet, WordGuards } from '../program/declarations.ts';
import type { Subject } from '../trace/subject.ts';
import { Mode, type HeldLocks } from './held-locks.ts';
import type { Finding } from './finding.ts';

/** Nobody has memory for itself. */
const shared = -1;

/**
 * Declared guards: does each access to a word hold the locks that were declared beside it?
 * Unlike a data race this needs no second agent, and atomic accesses are no exception.
 *
 * Memory that an agent has brought back (`revive`) is its own until it takes a lock that lies in it
 * or somebody else touches any of it: a kernel fills in what it has not published yet without
 * locks. This is Eraser's state *exclusive* (Savage et al. 1997, section 2.2), and has its hole:
 * what the agent does without the lock after it has published the memory, but before any lock of
 * it is taken and before another agent comes, is not seen.
 */
export class UnguardedAccess {
  /** Whether anything was declared, so that accesses need not look. */
  readonly any: boolean;
  private readonly guards: (WordGuards | undefined)[] = [];
  /** For each word: the agent that has it for itself. */
  private readonly owner: Int32Array;
  /** For each word of a region that was brought back: the region's first and last word. */
  private readonly first: Int32Array;
  private readonly last: Int32Array;
  private owned = false;
  private readonly subject: Subject;
  private readonly held: HeldLocks;
  private readonly report: (finding: Finding) => void;

  constructor(subject: Subject, held: HeldLocks, report: (finding: Finding) => void) {
    this.subject = subject;
    this.held = held;
    this.report = report;
    const declared = subject.declarations?.guards ?? [];
    this.any = declared.length > 0;
    const words = this.any ? subject.wordCount : 0;
    this.guards = new Array<WordGuards | undefined>(words).fill(undefined);
    for (const one of declared) this.guards[one.word] = one;
    this.owner = new Int32Array(words).fill(shared);
    this.first = new Int32Array(words);
    this.last = new Int32Array(words);
  }

  begin(): void {
    if (!this.owned) return;
    this.owner.fill(shared);
    this.owned = false;
  }

  /** The agent has brought back the memory from `base` to `last`. */
  revive(agent: number, base: number, last: number): void {
    if (!this.any) return;
    this.owned = true;
    this.owner.fill(agent, base, last + 1);
    this.first.fill(base, base, last + 1);
    this.last.fill(last, base, last + 1);
  }

  /** An agent uses a lock: memory that has locks in use is nobody's own any more. */
  lock(object: number): void {
    if (this.owned) this.share(object);
  }

  /** If the object is another one's memory, it is nobody's own any more. */
  private touch(agent: number, object: number): void {
    if (this.owned && this.owner[object] !== agent) this.share(object);
  }

  private share(object: number): void {
    if (this.owner[object] === shared) return;
    this.owner.fill(shared, this.first[object], this.last[object]! + 1);
  }

  access(agent: number, word: number, writes: boolean, event: number): void {
    this.touch(agent, word);
    const guards = this.guards[word];
    if (guards === undefined || this.owner[word] === agent) return;
    if (writes) {
      const missing = guards.writes.find((set) => !this.holds(agent, set, true));
      if (missing !== undefined) this.fail(agent, word, event, missing.name, writes);
    } else if (guards.reads.length > 0) {
      if (guards.reads.some((set) => this.holds(agent, set, false))) return;
      const names = guards.reads.map(({ name }) => name).join(' or ');
      this.fail(agent, word, event, names, writes);
    }
  }

  private holds(agent: number, { locks }: LockSet, forWriting: boolean): boolean {
    return locks.some((lock) => {
      const depth = this.held.find(agent, lock);
      return depth >= 0 && (!forWriting || this.held.modeAt(agent, depth) === Mode.write);
    });
  }

  private fail(agent: number, word: number, event: number, lock: string, writes: boolean): void {
    const { subject } = this;
    const name = subject.name(word);
    const verb = writes ? 'written' : 'read';
    const title = `unguarded access: ${name} is ${verb} without ${lock}`;
    const held = this.held.list(agent);
    this.report({
      kind: 'unguarded-access',
      level: 'happened',
      title: writes ? `${title} held for writing` : title,
      key: `unguarded-access ${name} ${verb} ${lock} ${subject.agentNames[agent]}`,
      event,
      parties: [
        { agent, event, action: writes ? 'writes' : 'reads', object: word, mode: -1, held },
      ],
    });
  }
}
