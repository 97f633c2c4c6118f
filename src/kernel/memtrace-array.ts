import { check, type Arena, type Mutex, type Step, type Word } from '../program/index.ts';

/** Online nodes, and so the entries that memtrace_array is allocated with. */
const nodes = 2;

/** The globals of arch/powerpc/platforms/powernv/memtrace.c. */
export interface MemtraceArray {
  /** Whether the release has memtrace_mutex. */
  readonly serialised: boolean;
  /** d6718941a276: around the whole of a write to `enable`. */
  readonly mutex: Mutex;
  /** memtrace_size: 0 while tracing is off. */
  readonly size: Word;
  /** memtrace_array_nr: entries in use. */
  readonly entries: Word;
}

export function makeMemtraceArray(arena: Arena, serialised: boolean): MemtraceArray {
  return {
    serialised,
    mutex: arena.mutex('memtrace_mutex'),
    size: arena.word('memtrace_size'),
    entries: arena.word('memtrace_array_nr'),
  };
}

/**
 * memtrace_enable_set(): the store of the debugfs file `memtrace/enable`; without mutex up to
 * v5.10.
 *
 * Lock order: memtrace_mutex (d6718941a276), then those of memory removal, which are left out: the
 * globals are used outside of them.
 */
export function* memtraceEnableSet(trace: MemtraceArray, bytes: number): Step<number> {
  if (!trace.serialised) return yield* enable(trace, bytes);
  yield* trace.mutex.acquire();
  try {
    return yield* enable(trace, bytes);
  } finally {
    yield* trace.mutex.release();
  }
}

/** The body of memtrace_enable_set(): memory traced before goes back, new memory is taken. */
function* enable(trace: MemtraceArray, bytes: number): Step<number> {
  // memtrace_online()
  if ((yield* trace.size.read()) !== 0) {
    yield* trace.entries.write(0);
    yield* trace.size.write(0);
  }
  if (bytes === 0) return 0;
  yield* memtraceInitRegionsRuntime(trace);
  yield* trace.size.write(bytes);
  return 0;
}

/** memtrace_init_regions_runtime(): one entry for each node, in an array of as many. */
function* memtraceInitRegionsRuntime(trace: MemtraceArray): Step {
  for (let node = 0; node < nodes; node++) {
    const entry = yield* trace.entries.read();
    check(entry < nodes, 'memtrace_array is written beyond its end');
    yield* trace.entries.write(entry + 1);
  }
}
