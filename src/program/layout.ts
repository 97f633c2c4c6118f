/**
 * Where each object keeps its words, as offsets from its base word (32-bit words; an object's id IS
 * its base word). Nothing else in Heddle knows these offsets: no bare index anywhere.
 *
 *     mutex, spin lock     | state | owner |
 *     rwlock, rwsem        | writer | queued | readers | queues | stride | first | agents | guard |
 *                          | futex | r0 | r1 | ... |
 *     percpu_rwsem         the same header, padded to a cache line;
 *                          r0, r1, ... each on a cache line of its own
 *     completion           | count |
 *     active reference     | active | count | c0 | c1 | ... |
 *     region               | retired |  followed by the words that lie in it
 *     section              | (unused: only its id is) |
 *     cell                 | low | high | waiting | woken | tick | t0 | t1 | ... |
 *     port                 | count | head | m0 | m1 | ... |
 *     agent                | spawned | ended | agent |
 *
 * Owners are stored as agent + 1; 0 is nobody. `queued` is a bit mask of agents. r0, c0 belong to
 * agent 0.
 */
export const MutexAt = { state: 0, owner: 1, size: 2 } as const;

export const RwAt = {
  writer: 0,
  queued: 1,
  readers: 2,
  /**
   * 1 where a queued writer stops new readers (rwsem, percpu_rwsem), 0 where readers may overtake
   * (rwlock).
   */
  queues: 3,
  /** Words from one agent's reader count to the next one's. */
  stride: 4,
  /** Offset of agent 0's reader count. */
  first: 5,
  /** How many agents have a reader count. */
  agents: 6,
  /** Serialises writers on free threads. */
  guard: 7,
  /** Sequence number that sleepers wait on, on free threads. */
  futex: 8,
  size: 9,
  /**
   * On free threads, from a per-CPU reader's count to its moves, odd while it comes or goes; same
   * cache line.
   */
  moves: 1,
} as const;

export const CompletionAt = { count: 0, size: 1 } as const;

/** `completeAll` sets this count, from which an await takes nothing (the kernel's UINT_MAX / 2). */
export const completedForAll = 0x3fffffff;

export const RefAt = { active: 0, count: 1, first: 2 } as const;

export const RegionAt = { retired: 0, size: 1 } as const;

export const SectionAt = { size: 1 } as const;

/** `agent` is the number of the agent that is spawned, the same in all executions. */
export const SpawnedAt = { spawned: 0, ended: 1, agent: 2, size: 3 } as const;

/**
 * Bytes of a shared buffer that are accessed as one: an aligned word of 32 bits, or of 64 where
 * something does so. `waiting` and `woken` are masks of agents in `Atomics.wait`; `tick` counts
 * waits, and t0, t1, ... are the numbers of those who wait, so that the first is woken first.
 */
export const CellAt = { low: 0, high: 1, waiting: 2, woken: 3, tick: 4, first: 5 } as const;

/** Words of a cell: no fewer than it may have bytes, as races of bytes are told apart by them. */
export function cellSize(agents: number): number {
  return Math.max(8, CellAt.first + agents);
}

/** One end of a message channel: the numbers of messages that wait there, in a ring. */
export const PortAt = { count: 0, head: 1, first: 2 } as const;

/** Messages that may wait at a port. */
export const portMessagesMax = 62;

export const portSize: number = PortAt.first + portMessagesMax;

/** Words in a cache line of 64 bytes. */
export const cacheLineWords = 16;

/** Agents have numbers 0 to 30, so that a set of them is one 32-bit mask. */
export const agentCountMax = 31;

/** Where agent's reader count of the rw lock at `object` stands. */
export function readerCountAt(memory: Int32Array, object: number, agent: number): number {
  return object + memory[object + RwAt.first]! + agent * memory[object + RwAt.stride]!;
}
