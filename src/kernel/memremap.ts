import {
  check,
  type Arena,
  type SpinLock,
  type Self,
  type Step,
  type Word,
} from '../program/index.ts';

/**
 * The direct mapping's top level as two drivers extend it, each by a range of its own, both under
 * one entry of the top table (arch/x86/mm/init_64.c, v4.9).
 */
export interface DirectMapping {
  /** The entry: 0 for none, else the number of the lower table; plain. */
  readonly pgd: Word;
  /** init_mm.page_table_lock: around the write of the entry, not around the look at it. */
  readonly pageTableLock: SpinLock;
  /** Lower tables, the first allocated by agent 0 and so on: an entry for each agent's range. */
  readonly tables: readonly (readonly Word[])[];
}

export function makeDirectMapping(arena: Arena): DirectMapping {
  const agents = Array.from({ length: arena.agentCount }, (_, agent) => agent);
  return {
    pgd: arena.word('init_mm.pgd'),
    pageTableLock: arena.spinLock('init_mm.page_table_lock'),
    tables: agents.map((table) => agents.map((range) => arena.word(`pud${table}.range${range}`))),
  };
}

/**
 * kernel_physical_mapping_init() under arch_add_memory(): maps the agent's range. It was written
 * for one caller at a time.
 *
 * Lock order: (f931ab479dd2: mem_hotplug_lock, the caller's), init_mm.page_table_lock.
 */
export function* kernelPhysicalMappingInit(mapping: DirectMapping, current: Self): Step {
  const table = yield* mapping.pgd.read();
  if (table !== 0) {
    yield* mapping.tables[table - 1]![current.id]!.write(1);
    return;
  }
  yield* mapping.tables[current.id]![current.id]!.write(1);
  yield* mapping.pageTableLock.acquire();
  try {
    // pgd_populate()
    yield* mapping.pgd.write(current.id + 1);
  } finally {
    yield* mapping.pageTableLock.release();
  }
}

/** A driver's access to its range by the direct mapping. All releases. Lock order: none. */
export function* accessRange(mapping: DirectMapping, current: Self): Step {
  const table = yield* mapping.pgd.read();
  check(
    (yield* mapping.tables[table - 1]![current.id]!.read()) !== 0,
    'unable to handle kernel paging request: the direct mapping lost the range',
  );
}
