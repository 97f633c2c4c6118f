import { Role, type ClassEvents } from './class-events.ts';
import type { Doing } from './doing.ts';
import { holdsFor } from './word-children.ts';
import type { Final, Linearizer } from './linearize.ts';

/**
 * What the words may be in the end: executions of one class may differ in it, and an invariant of
 * the end looks.
 */
export class FinalWords {
  private readonly events: ClassEvents;
  private readonly linearizer: Linearizer;

  constructor(events: ClassEvents, linearizer: Linearizer) {
    this.events = events;
    this.linearizer = linearizer;
  }

  /**
   * Orders of the present events that end with other words, one for each end; agents that wait to
   * the end wait in them, too.
   */
  others(memory: Int32Array, waits: readonly Doing[]): number[][] {
    const words = [...this.candidates(waits)];
    const orders: number[][] = [];
    const met = new Set([words.map(([object]) => memory[object]).join()]);
    const search = (from: number, finals: readonly Final[], values: readonly number[]): void => {
      const counts = this.events.counts;
      const order = this.linearizer.order({ counts, scratch: [], finals });
      if (order === undefined) return;
      if (from < words.length) {
        const [object, writes] = words[from]!;
        for (const write of writes) {
          const final = { object, code: this.events.codeOf(write) };
          search(from + 1, [...finals, final], [...values, this.events.value[write]!]);
        }
      } else if (!met.has(values.join())) {
        met.add(values.join());
        orders.push(order);
      }
    };
    search(0, [], []);
    return orders;
  }

  /** For each word that several agents have written: each one's last write. */
  private candidates(waits: readonly Doing[]): Map<number, number[]> {
    const { events } = this;
    const words = new Map<number, number[]>();
    for (let id = events.length - 1; id >= 0; id--) {
      if ((events.role[id]! & Role.writes) === 0) continue;
      const object = events.object[id]!;
      const known = words.get(object) ?? [];
      words.set(object, known);
      if (!known.some((one) => events.agent[one] === events.agent[id])) known.push(id);
    }
    for (const [object, writes] of words) {
      if (writes.length === 1) words.delete(object);
      else
        words.set(
          object,
          writes.filter((id) => this.mayEnd(id, waits)),
        );
    }
    return words;
  }

  private mayEnd(id: number, waits: readonly Doing[]): boolean {
    const { object, value } = this.events;
    return !waits.some((one) => one.object === object[id] && holdsFor(one, value[id]!));
  }
}
