import { Access } from '../program/operation-table.ts';
import { agentCountMax } from '../program/layout.ts';

/** Objects that one turn of a retry loop remembers; beyond that a retry may always go on. */
const readsMax = 16;
/** Numbers that one remembered object takes: its key, and its version when it was read. */
const readSize = 2;

/** An object that an agent has read in its turn of a retry loop. */
export interface TurnRead {
  readonly object: number;
  /** Only operations that commute with nothing change what was read of it. */
  readonly writesOnly: boolean;
}

/**
 * What agents in retry loops have read in this turn, and whether any of it has changed since: a
 * turn in which nothing changed would fail in the same way, so its retry waits for a change.
 *
 * A change counts only if what was read could tell it: taking a reference reads whether there is
 * one to take, which other users of the reference do not change. What an agent changes itself does
 * not count either, as long as it was the only one.
 */
export class RetryLoops {
  /** Agents in a retry loop. */
  active = 0;
  /**
   * For each object: how often it has changed, and how often other than by commuting operations.
   */
  private readonly changes: Int32Array;
  private readonly writes: Int32Array;
  private readonly reads = new Int32Array((agentCountMax + 1) * readsMax * readSize);
  private readonly counts = new Int32Array(agentCountMax + 1);

  constructor(words: number) {
    this.changes = new Int32Array(words);
    this.writes = new Int32Array(words);
  }

  /** An execution begins. */
  begin(): void {
    if (this.active === 0) return;
    this.active = 0;
    this.changes.fill(0);
    this.writes.fill(0);
    this.counts.fill(0);
  }

  /** The agent begins a turn. */
  attempt(agent: number): void {
    this.active |= 1 << agent;
    this.counts[agent] = 0;
  }

  /** The agent's turn is over: its retry goes on. */
  forget(agent: number): void {
    this.counts[agent] = 0;
  }

  /** Whether something that the agent read in this turn has changed. */
  mayGoOn(agent: number): boolean {
    const count = this.counts[agent]!;
    if (count >= readsMax || (this.active & (1 << agent)) === 0) return true;
    for (let i = 0; i < count; i++) {
      const at = this.at(agent, i);
      if (this.version(this.reads[at]!) !== this.reads[at + 1]) return true;
    }
    return false;
  }

  /** What the agent has read in this turn; nothing if its retry waits for no change. */
  turn(agent: number): TurnRead[] {
    const count = this.counts[agent]!;
    if (count >= readsMax || (this.active & (1 << agent)) === 0) return [];
    const keys = Array.from({ length: count }, (_, i) => this.reads[this.at(agent, i)]!);
    return keys.map((key) => ({ object: key >> 1, writesOnly: (key & 1) === 1 }));
  }

  /** How many objects the agent has read in this turn. */
  count(agent: number): number {
    return this.counts[agent]!;
  }

  /** One of them. */
  object(agent: number, index: number): number {
    return this.reads[this.at(agent, index)]! >> 1;
  }

  /** The agent has observed an object. */
  noteRead(agent: number, object: number): void {
    if ((this.active & (1 << agent)) !== 0 && object !== 0) this.remember(agent, object * 2);
  }

  /** The agent has performed an operation that may change the words from `object` to `last`. */
  noteChange(agent: number, access: number, object: number, last: number, changed: boolean): void {
    const own = (this.active & (1 << agent)) !== 0;
    if (own) this.remember(agent, object * 2 + (access === Access.share ? 1 : 0));
    if (!changed) return;
    for (let word = object; word <= last; word++) this.bump(agent, own, access, word);
  }

  /** Whether the agent has read something in this turn that such an operation can change. */
  hasRead(agent: number, object: number, access: number): boolean {
    if (access < Access.share) return false;
    for (let i = 0; i < this.counts[agent]!; i++) {
      const key = this.reads[this.at(agent, i)]!;
      if (key >> 1 === object && ((key & 1) === 0 || access === Access.write)) return true;
    }
    return false;
  }

  private bump(agent: number, own: boolean, access: number, word: number): void {
    const { changes, writes, reads } = this;
    // The agent's own view moves along, unless somebody else's change has made it old already.
    let fresh = 0;
    for (let i = 0; own && i < this.counts[agent]!; i++) {
      const at = this.at(agent, i);
      const key = reads[at]!;
      if (key >> 1 === word && this.version(key) === reads[at + 1]) fresh |= 1 << i;
    }
    changes[word] = changes[word]! + 1;
    if (access === Access.write) writes[word] = writes[word]! + 1;
    for (let i = 0; fresh !== 0; i++, fresh >>= 1) {
      const at = this.at(agent, i);
      if ((fresh & 1) !== 0) reads[at + 1] = this.version(reads[at]!);
    }
  }

  private remember(agent: number, key: number): void {
    const count = this.counts[agent]!;
    for (let i = 0; i < count; i++) {
      // What it saw first in this turn decides.
      if (this.reads[this.at(agent, i)] === key) return;
    }
    if (count >= readsMax) return;
    this.counts[agent] = count + 1;
    const at = this.at(agent, count);
    this.reads[at] = key;
    this.reads[at + 1] = this.version(key);
  }

  private version(key: number): number {
    return (key & 1) === 0 ? this.changes[key >> 1]! : this.writes[key >> 1]!;
  }

  private at(agent: number, index: number): number {
    return (agent * readsMax + index) * readSize;
  }
}
