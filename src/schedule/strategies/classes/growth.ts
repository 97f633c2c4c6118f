import { Kind } from '../../../program/kinds.ts';
import type { Machine } from '../../../execute/machine.ts';
import { firstOf } from '../../../execute/strategy.ts';
import { Role, type ClassEvents } from './class-events.ts';
import type { Barred, ClassNode } from './class-node.ts';
import type { Doing } from './doing.ts';
import { FinalWords } from './final-words.ts';
import { Linearizer } from './linearize.ts';
import { LockChildren } from './lock-children.ts';
import { isBarred } from './whose-turn.ts';
import { WordChildren } from './word-children.ts';

/** Adds to choices the answers that an execution shows. */
export class Growth {
  readonly events: ClassEvents;
  readonly machine: Machine;
  readonly words: WordChildren;
  readonly ends: FinalWords;
  private readonly locks: LockChildren;

  constructor(events: ClassEvents, machine: Machine) {
    const linearizer = new Linearizer(events);
    this.events = events;
    this.machine = machine;
    this.words = new WordChildren(events, linearizer);
    this.locks = new LockChildren(events, linearizer);
    this.ends = new FinalWords(events, linearizer);
  }

  /**
   * What the execution adds to the children of a choice.
   *
   * @param known - of each agent, how many events another execution has shown there; undefined: all
   * @param barred - who may not go on at the end of the execution
   */
  grow(node: ClassNode, known: Int32Array | undefined, barred: Barred): void {
    const { events, machine, words } = this;
    const { doing } = node;
    const head = node.head === undefined ? -1 : events.idOf(node.head.agent, node.head.index);
    if (known !== undefined) {
      for (const id of this.around(doing)) {
        if (events.index[id]! < known[events.agent[id]!]! || id === head) continue;
        this.growBy(node, head, id);
      }
    }
    for (let left = machine.alive; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const kind = machine.pendingKind[agent]!;
      const turns = kind === Kind.retry || doing.turn >= 0;
      if (kind === 0 || (!turns && machine.pendingObject[agent] !== doing.object)) continue;
      const pending = events.pending(machine, agent);
      if (turns && !meet(events.objectsOf(pending), events.objectsOf(doing))) continue;
      if (isBarred(events, machine, agent, barred)) continue;
      if (node.head === undefined && agent === doing.agent) continue;
      const id = events.sketch(0, pending);
      this.growBy(node, head, id);
    }
    if (node.sort === 'wait') words.freeze(node);
  }

  /** The events that have to do with an operation's objects, the last first. */
  private around(doing: Doing): number[] {
    const { events } = this;
    const { top, below } = events;
    const found: number[] = [];
    for (const object of new Set(events.objectsOf(doing))) {
      for (let id = top[object]!; id >= 0; id = below[id]!) found.push(id);
    }
    if (doing.turn >= 0) return found;
    for (const id of events.retries) {
      if (events.objectsOf(events.doing(id)).includes(doing.object)) found.push(id);
    }
    return found;
  }

  private growBy(node: ClassNode, head: number, id: number): void {
    const { events, words, locks } = this;
    const { agent, index } = events;
    const mine = agent[id]!;
    if (index[id]! < node.counts[mine]!) return;
    if (head >= 0) {
      if (mine === agent[head] || events.follows(head, mine, index[id]!)) return;
      const previous = index[id] === 0 ? -1 : events.idOf(mine, index[id]! - 1);
      if (previous >= 0 && events.follows(previous, agent[head]!, index[head]!)) return;
    }
    if (!isWord(events, node.doing)) {
      if (head < 0) return;
      locks.defer(node, head, id);
      locks.before(node, head, id);
      return;
    }
    if (id >= events.length) return;
    if ((events.role[id]! & Role.writes) !== 0) {
      const dependent = head >= 0 && events.follows(id, agent[head]!, index[head]!);
      if (!dependent) words.readLater(node, head, id);
    }
    if (head < 0) return;
    const what = events.sketch(1, events.doing(id));
    words.overtake(node, head, what);
  }
}

function meet(some: readonly number[], others: readonly number[]): boolean {
  return some.some((object) => others.includes(object));
}

/** Whether an operation is compared by what it reads. */
export function isWord(events: ClassEvents, { kind, object, argument }: Doing): boolean {
  return events.isWord(kind, object, argument);
}
