import type { Arena, Completion, Step, Word } from '../program/index.ts';
import { dlparMemory, type DlparRequest } from './dlpar-memory.ts';
import type { Drmem } from './drmem.ts';
import { EINVAL, ENOMEM } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { sysfsText, type SysfsFile } from './sysfs.ts';
import { makeWorkqueue, queueWork, workerThread, type Workqueue } from './workqueue.ts';

/** What lies on the stack of a writer who waits for his request. */
interface WaitingWriter {
  /** Whether somebody has it; atomic. */
  readonly taken: Word;
  /** hotplug_done. */
  readonly done: Completion;
  /** rc: written before `done`. */
  readonly result: Word;
}

/** Dynamic logical partitioning of a pseries guest: /sys/kernel/dlpar. */
export interface Dlpar {
  readonly drmem: Drmem;
  /** pseries hotplug workq: one request at a time. */
  readonly queue: Workqueue;
  readonly writers: readonly WaitingWriter[];
  readonly file: SysfsFile;
}

/** Writers that can wait at a time. */
const writersMax = 4;

const kinds = ['count', 'index', 'indexed-count'] as const;

export function makeDlpar(arena: Arena, drmem: Drmem): Dlpar {
  const dlpar: Dlpar = {
    drmem,
    queue: makeWorkqueue(arena, 'pseries hotplug workq'),
    writers: Array.from({ length: writersMax }, (_, at) => ({
      taken: arena.word(`dlpar.writer${at}`),
      done: arena.completion(`dlpar.writer${at}.done`),
      result: arena.word(`dlpar.writer${at}.rc`),
    })),
    file: {
      path: 'dlpar',
      active: arena.activeRef('dlpar.active', { class: 'kn->active(dlpar)', active: true }),
      store: (_, input) => dlparStore(dlpar, input),
    },
  };
  return dlpar;
}

/**
 * dlpar_store() (arch/powerpc/platforms/pseries/dlpar.c): `memory add index 0x80000020` and the
 * like. v4.18 and later. The writer waits for the worker with no lock but the file's active
 * reference: nobody who has device_hotplug_lock waits for that one.
 *
 * Lock order: the active reference (the caller's), pool->lock; the completion.
 *
 * @returns the bytes taken; -EINVAL for what cannot be understood; what the request came to
 */
function* dlparStore(dlpar: Dlpar, input: string): Step<number> {
  const request = parseRequest(sysfsText(input));
  if (request === undefined) return -EINVAL;
  const { adds, by, count, drcIndex } = request;
  for (const [at, writer] of dlpar.writers.entries()) {
    if ((yield* writer.taken.compareExchange(0, 1)) !== 0) continue;
    try {
      const what = (at * kinds.length + kinds.indexOf(by)) * 2 + (adds ? 1 : 0);
      if (!(yield* queueWork(dlpar.queue, [what, count | 0, drcIndex | 0]))) return -ENOMEM;
      yield* writer.done.wait();
      const result = yield* writer.result.read();
      return result === 0 ? input.length : result;
    } finally {
      yield* writer.taken.store(0);
    }
  }
  return -ENOMEM;
}

/** dlpar_parse_resource(), dlpar_parse_action(), dlpar_parse_id_type(); of memory only. */
function parseRequest(text: string): DlparRequest | undefined {
  const [resource, action, kind, ...numbers] = text.split(' ');
  const by = kinds.find((one) => one === kind);
  if (resource !== 'memory' || (action !== 'add' && action !== 'remove')) return undefined;
  if (by === undefined) return undefined;
  const [first, second] = numbers.slice(0, by === 'indexed-count' ? 2 : 1).map(parseU32);
  if (first === undefined || (by === 'indexed-count' && second === undefined)) return undefined;
  const adds = action === 'add';
  if (by === 'indexed-count') return { adds, by, count: first, drcIndex: second! };
  return { adds, by, count: first, drcIndex: first };
}

/** kstrtou32() with base 0. */
function parseU32(text: string): number | undefined {
  if (!/^\+?(0x[0-9a-f]+|[1-9]\d*|0[0-7]*)$/i.test(text)) return undefined;
  const digits = text.replace('+', '').replace(/^0(?=[0-7])/, '0o');
  const value = Number(digits);
  return value < 2 ** 32 ? value : undefined;
}

/**
 * The worker of the queue, as an agent: it ends when the queue is destroyed.
 *
 * Lock order: the queue and its work, then as in `dlparMemory`.
 */
export function* dlparWorker(kernel: Kernel, dlpar: Dlpar): Step {
  yield* workerThread(dlpar.queue, (work) => pseriesHpWorkFn(kernel, dlpar, work));
}

/** pseries_hp_work_fn(), handle_dlpar_errorlog(). Lock order: as in `dlparMemory`. */
function* pseriesHpWorkFn(kernel: Kernel, dlpar: Dlpar, work: readonly number[]): Step {
  const [what, count, drcIndex] = work;
  const rest = what! >> 1;
  const { done, result } = dlpar.writers[Math.floor(rest / kinds.length)]!;
  const request: DlparRequest = {
    adds: (what! & 1) !== 0,
    by: kinds[rest % kinds.length]!,
    count: count! >>> 0,
    drcIndex: drcIndex! >>> 0,
  };
  yield* result.write(yield* dlparMemory(kernel, dlpar.drmem, request));
  yield* done.complete();
}
