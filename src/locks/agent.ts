import type { AgentTable } from './agent-table.ts';
import { SlotAt, waitCode } from './layout.ts';
import { checkSpins } from './spin.ts';

/**
 * One thread's membership in a table: what it attaches its locks with. For the thread only that
 * joined.
 *
 * @public
 */
export class Agent {
  readonly table: AgentTable;
  /** Its number in the table: what locks keep of their owner. Never given twice. */
  readonly id: number;
  /** Its place in the table, and in locks that keep something for each agent. */
  readonly slot: number;
  /** Which agent of its slot it is. */
  readonly generation: number;
  /** Attempts before a waiter sleeps, where the lock does not say otherwise. */
  readonly spins: number | undefined;
  /** The whole buffer. */
  readonly words: Int32Array;
  private readonly waitsAt: number;
  /** Asynchronous waits that want to hear of deaths. */
  private readonly mourners = new Set<() => void>();
  private listens = false;

  /** Use `AgentTable.join`. @internal */
  constructor(table: AgentTable, id: number, slot: number, spins: number | undefined) {
    if (spins !== undefined) checkSpins(spins);
    this.table = table;
    this.id = id;
    this.slot = slot;
    this.generation = (id - slot - 1) / table.capacity;
    this.spins = spins;
    this.words = table.words;
    this.waitsAt = table.slotAt(slot) + SlotAt.waits;
  }

  /** Gives the slot back. Whatever the agent still holds counts as held by a dead one. */
  leave(): void {
    this.table.leave(this.id);
  }

  [Symbol.dispose](): void {
    this.leave();
  }

  /** Notes the word that the agent is about to sleep on, before it looks at what it waits for. */
  beginSleep(index: number, holdsOwner: boolean): void {
    Atomics.store(this.words, this.waitsAt, waitCode(index, holdsOwner));
  }

  endSleep(): void {
    Atomics.store(this.words, this.waitsAt, 0);
  }

  /** Calls back at every death until the returned function is called. */
  onDeath(listener: () => void): () => void {
    this.mourners.add(listener);
    if (!this.listens) this.listen();
    return () => this.mourners.delete(listener);
  }

  private listen(): void {
    const at = this.table.deathsAt;
    this.listens = true;
    const wait = Atomics.waitAsync(this.words, at, Atomics.load(this.words, at));
    void Promise.resolve(wait.value).then(() => {
      this.listens = false;
      for (const mourner of this.mourners) mourner();
      if (this.mourners.size > 0) this.listen();
    });
  }
}
