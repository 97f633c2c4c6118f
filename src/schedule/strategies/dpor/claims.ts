import { agentCountMax } from '../../../program/layout.ts';
import { firstOf } from '../../../execute/strategy.ts';
import { accesses, accessesClash, turnAccess, type Footprints } from './footprints.ts';
import type { NumberedStep } from './plain-steps.ts';
import { longer } from './steps.ts';

const agents = agentCountMax + 1;

/** The sleepers of a depth touch more than one word. */
const several = -1;

/**
 * Sleep sets: at each depth, agents whose next step has been explored there already (or is about
 * to be, before what is looked at), and what that step touches.
 *
 * Often all of a depth touch one and the same word; then who is woken by what is kept as a mask for
 * each access.
 */
export class Claims {
  private object: Int32Array = new Int32Array(agents * 64);
  private last: Int32Array = new Int32Array(agents * 64);
  private access: Int32Array = new Int32Array(agents * 64);
  /** The agents, at each depth. */
  asleep: Int32Array = new Int32Array(64);
  /** At each depth the word that all of them touch, or `several`. */
  private common: Int32Array = new Int32Array(64);
  /** At each depth with such a word, for each access to it, those whom it wakes. */
  private woken: Int32Array = new Int32Array(64 * accesses);
  private readonly footprints: Footprints;

  constructor(footprints: Footprints) {
    this.footprints = footprints;
  }

  clear(depth: number): void {
    while (depth >= this.asleep.length) {
      this.asleep = longer(this.asleep);
      this.object = longer(this.object);
      this.last = longer(this.last);
      this.access = longer(this.access);
      this.common = longer(this.common);
      this.woken = longer(this.woken);
    }
    this.asleep[depth] = 0;
  }

  add(depth: number, agent: number, object: number, last: number, access: number): void {
    const at = depth * agents + agent;
    this.object[at] = object;
    this.last[at] = last;
    this.access[at] = access;
    const bit = 1 << agent;
    const before = this.asleep[depth]!;
    this.asleep[depth] = before | bit;
    const one = object === last && access !== turnAccess;
    const row = depth * accesses;
    if (before === 0) {
      this.common[depth] = one ? object : several;
      this.woken.fill(0, row, row + accesses);
    } else if (!one || this.common[depth] !== object || (before & bit) !== 0) {
      this.common[depth] = several;
    }
    if (this.common[depth] === several) return;
    for (let by = 0; by < turnAccess; by++) {
      if (accessesClash(access, by)) this.woken[row + by] = this.woken[row + by]! | bit;
    }
  }

  /** Of the given sleepers those whom such a step of this agent leaves asleep. */
  after(
    depth: number,
    sleepers: number,
    agent: number,
    object: number,
    last: number,
    access: number,
  ): number {
    let left = sleepers & ~(1 << agent);
    const common = this.common[depth]!;
    if (common !== several && access !== turnAccess) {
      const touched = object <= common && common <= last;
      return touched ? left & ~this.woken[depth * accesses + access]! : left;
    }
    for (let rest = left; rest !== 0; rest &= rest - 1) {
      const at = depth * agents + firstOf(rest);
      const { object: objects, last: lasts, access: accesses } = this;
      const woken = this.footprints.clash(
        objects[at]!,
        lasts[at]!,
        accesses[at]!,
        object,
        last,
        access,
      );
      if (woken) left &= ~(rest & -rest);
    }
    return left;
  }

  /** These sleepers of one depth sleep at another, too. */
  copy(from: number, sleepers: number, to: number): void {
    for (let rest = sleepers; rest !== 0; rest &= rest - 1) {
      const agent = firstOf(rest);
      const at = from * agents + agent;
      this.add(to, agent, this.object[at]!, this.last[at]!, this.access[at]!);
    }
  }

  /** The sleepers of a depth; their kinds are not known. */
  sleepers(depth: number): NumberedStep[] {
    const all: NumberedStep[] = [];
    for (let rest = this.asleep[depth]!; rest !== 0; rest &= rest - 1) {
      const agent = firstOf(rest);
      const at = depth * agents + agent;
      const [object, last] = [this.object[at]!, this.last[at]!];
      all.push({ agent, kind: 0, object, last, access: this.access[at]! });
    }
    return all;
  }

  /** The sleepers of a depth sleep at depth 0 of another record, too. */
  lend(depth: number, to: Claims): void {
    for (let rest = this.asleep[depth]!; rest !== 0; rest &= rest - 1) {
      const agent = firstOf(rest);
      const at = depth * agents + agent;
      to.add(0, agent, this.object[at]!, this.last[at]!, this.access[at]!);
    }
  }
}
