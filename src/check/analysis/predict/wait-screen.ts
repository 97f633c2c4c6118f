import { Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { TraceNames } from '../../../trace/format/trace-names.ts';
import { PairNumbers } from '../pair-numbers.ts';
import type { HeldLock } from './event-setting.ts';
import { strongParts } from './strong-parts.ts';

/**
 * Which lock classes and agents wait for which: the graph of `WaitGraph` with all locks of a class
 * as one vertex. A ring of locks and agents is a closed walk here, so that where there is no cycle
 * no waits are in a ring; and there are few classes where there are many locks. Where there is one,
 * another look may tell the locks apart.
 */
export class WaitScreen {
  private readonly names: TraceNames;
  /** By lock: the number of its class. */
  private classes = new Int32Array(64).fill(-1);
  private readonly numbers = new Map<string, number>();
  /** Classes have even numbers, agents odd ones. */
  private readonly edges = new PairNumbers();
  private vertices = 0;

  private readonly byLock: boolean;

  /** @param byLock - whether each lock is a vertex of its own */
  constructor(names: TraceNames, byLock = false) {
    this.names = names;
    this.byLock = byLock;
  }

  /** Takes a wait over, or what may end another's. */
  add(event: TraceEvent, held: readonly HeldLock[]): void {
    const { op, object } = event;
    const agent = event.agent * 2 + 1;
    if (op === Op.complete || op === Op.conditionNotify) {
      this.edge(this.classOf(object), agent);
      return;
    }
    if (op === Op.acquire && event.tried) return;
    const to = op === Op.join ? object * 2 + 1 : this.classOf(object);
    this.edge(agent, to);
    for (const { lock } of held) {
      // A lock taken again by who holds it is no wait for another.
      if (op === Op.acquire && lock === object) return;
    }
    for (let depth = 0; depth < held.length; depth++)
      this.edge(this.classOf(held[depth]!.lock), to);
  }

  /** Whether some waits may be in a ring. */
  get suspects(): boolean {
    return strongParts(this.vertices, this.edges).some((part) => part !== -1);
  }

  clear(): void {
    this.edges.clear();
    this.vertices = 0;
  }

  private edge(from: number, to: number): void {
    this.edges.number(from, to);
    if (this.edges.isNew) this.vertices = Math.max(this.vertices, from + 1, to + 1);
  }

  private classOf(lock: number): number {
    if (this.byLock) return lock * 2;
    if (lock >= this.classes.length) {
      const larger = new Int32Array(Math.max(lock + 1, this.classes.length * 2)).fill(-1);
      larger.set(this.classes);
      this.classes = larger;
    }
    const known = this.classes[lock]!;
    if (known !== -1) return known;
    const { class: name } = this.names.locks[lock]!;
    let number = this.numbers.get(name);
    if (number === undefined) this.numbers.set(name, (number = this.numbers.size));
    return (this.classes[lock] = number * 2);
  }
}
