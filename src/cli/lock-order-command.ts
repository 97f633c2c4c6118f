import { Coroutines } from '../execute/coroutines.ts';
import { instantiate, type Program } from '../execute/program.ts';
import { makeKernel, type Kernel } from '../kernel/kernel.ts';
import { MemoryEvent, type MemoryNotify } from '../kernel/memory-notify.ts';
import { makeNotifierBlock, Notify } from '../kernel/notifier-chain.ts';
import { hasNotifier } from '../kernel/release-parameters.ts';
import { makeRelease } from '../kernel/release.ts';
import { Kind } from '../program/kinds.ts';
import { scenario, type Arena, type Parameters, type Scenario } from '../program/index.ts';
import { operationTable } from '../program/operation-table.ts';
import { RandomWalk } from '../schedule/strategies/random.ts';
import { Exit, type Io } from './io.ts';
import { lockOrderOperations, type LockOrderOperation } from './lock-order-operations.ts';

/** How a lock is taken, by the kind of operation: `[T ...]` by try. */
const modes: ReadonlyMap<number, string> = new Map([
  [Kind.acquire, 'W'],
  [Kind.tryAcquire, 'T W'],
  [Kind.writeAcquire, 'W'],
  [Kind.readAcquire, 'R'],
  [Kind.readTryAcquire, 'T R'],
  [Kind.refTryAcquire, 'T R'],
]);

const releases: ReadonlySet<number> = new Set([
  Kind.release,
  Kind.readRelease,
  Kind.writeRelease,
  Kind.refRelease,
]);

/** Locks around a line or two, which the traces of the real kernel leave out too. */
const leftOut: ReadonlySet<string> = new Set([
  'uevent_sock_mutex',
  'resource_lock',
  'pgdat_resize_lock',
  'managed_page_count_lock',
  'pcp->lock',
]);

/** Lock classes that the kernel calls otherwise. */
const kernelNames: ReadonlyMap<string, string> = new Map([
  ['memory device_lock', 'dev->mutex(block)'],
  ['cpu device_lock', 'dev->mutex(cpu)'],
]);

/** One lock that was taken, and those that were taken while it was held. */
interface TakenLock {
  readonly object: number;
  readonly text: string;
  /** Of a notifier chain: the event. */
  event: string;
  readonly inside: TakenLock[];
}

/**
 * The locks that each operation of a release takes, one operation alone on the kernel, as text:
 *
 *     state=online
 *       sb_writers [R]
 *         of->mutex [W]
 *           ...
 *
 * Indentation means "while that is held"; R is for reading, W exclusive, T by try. What is taken
 * several times in a row with nothing inside stands once, with the number of times unless it is
 * zone->lock, whose number says how coarse the pages of the model are.
 *
 * @throws UserError for a release that the model does not know
 */
export function lockOrderText(release: string): string {
  return operationsOf(release)
    .map((operation) => `${operation.title}\n${lines(locksOf(release, operation), '  ')}`)
    .join('\n');
}

/**
 * `heddle lock-order`: which locks each operation of the model takes, and inside which others.
 *
 * With `json`, each lock is printed with what was taken while it was held, one entry each time.
 */
export function lockOrderCommand(
  { release, json }: { readonly release: string; readonly json?: boolean },
  io: Io,
): number {
  if (json !== true) {
    io.out(lockOrderText(release).trimEnd());
    return Exit.asExpected;
  }
  const operations = operationsOf(release).map((operation) => ({
    title: operation.title,
    locks: locksOf(release, operation).map(lockJson),
  }));
  io.out(JSON.stringify({ command: 'lock-order', release, operations }, undefined, 2));
  return Exit.asExpected;
}

/** @throws UserError for a release that the model does not know */
function operationsOf(release: string): readonly LockOrderOperation[] {
  const { name } = makeRelease(release);
  return lockOrderOperations.filter((operation) => operation.notIn?.includes(name) !== true);
}

function lockJson({ text, event, inside }: TakenLock): Record<string, unknown> {
  return { lock: `${text}${event}`, inside: inside.map(lockJson) };
}

/** The locks of one operation. */
function locksOf(release: string, operation: LockOrderOperation): readonly TakenLock[] {
  const recording = new Recording();
  const also = operation.parameters?.['notifiers'];
  const common = ['ksm', 'slab', 'memory-tier'].filter((one) =>
    hasNotifier(makeRelease(release), one),
  );
  const parameters: Parameters = {
    release,
    vfsLocks: true,
    ...operation.parameters,
    notifiers: [...common, ...(also === undefined ? [] : [also])].join(),
  };
  const program = programOf(operation, parameters, recording);
  recording.program = program;
  new Coroutines(program, { observer: recording }).runAll(
    new RandomWalk({ seed: 1 }),
    0,
    () => true,
  );
  return recording.roots;
}

function programOf(
  operation: LockOrderOperation,
  parameters: Parameters,
  recording: Recording,
): Program {
  const definition = scenario<Kernel>({
    name: 'lock-order',
    summary: 'one operation alone',
    source: operation.title,
    setup(arena, given) {
      const kernel = makeKernel(arena, given);
      layOutObserver(arena, kernel, recording);
      recording.sequence = kernel.zonelistUpdateSeq.base;
      return kernel;
    },
    agents: {
      *alone(kernel) {
        if (operation.before !== undefined) yield* operation.before(kernel);
        recording.on = true;
        yield* operation.run(kernel);
        recording.on = false;
      },
    },
    variants: { only: { summary: 'as given', parameters } },
  });
  return instantiate(definition as Scenario, { variant: 'only', form: 'full' });
}

/** A callback that only sees which event the chain is walked for. */
function layOutObserver(arena: Arena, kernel: Kernel, recording: Recording): void {
  makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
    name: 'lock-order',
    priority: 1000,
    registered: true,
    *call(self, action) {
      yield* self.order.load();
      recording.nameEvent(action);
      return Notify.done;
    },
  });
}

/** Builds the tree of locks from the events of a run. */
class Recording {
  readonly roots: TakenLock[] = [];
  on = false;
  program: Program | undefined;
  /** zonelist_update_seq, which is a word that is odd while it is held. */
  sequence = 0;
  private readonly held: TakenLock[] = [];

  event(kind: number, _agent: number, object: number, _argument: number, outcome: number): void {
    if (!this.on) return;
    if (kind === Kind.add && object === this.sequence) {
      if (outcome % 2 === 0) this.take(object, 'zonelist_update_seq [W]');
      else this.give(object);
      return;
    }
    if (releases.has(kind)) this.give(object);
    const mode = modes.get(kind);
    if (mode === undefined || (operationTable[kind]!.truth && outcome === 0)) return;
    const lockClass = this.program!.subject.className(object);
    if (leftOut.has(lockClass)) return;
    this.take(object, `${kernelNames.get(lockClass) ?? lockClass} [${mode}]`);
  }

  /** The innermost lock, a notifier chain's, is walked for this event. */
  nameEvent(action: number): void {
    const name = Object.entries(MemoryEvent).find(([, value]) => value === action)?.[0] ?? '';
    const words = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    const innermost = this.held.at(-1);
    if (innermost !== undefined) innermost.event = `: MEM_${words}`;
  }

  private take(object: number, text: string): void {
    const lock: TakenLock = { object, text, event: '', inside: [] };
    (this.held.at(-1)?.inside ?? this.roots).push(lock);
    this.held.push(lock);
  }

  private give(object: number): void {
    const at = this.held.findLastIndex((lock) => lock.object === object);
    if (at >= 0) this.held.splice(at, 1);
  }
}

function lines(locks: readonly TakenLock[], indent: string): string {
  let text = '';
  for (let at = 0; at < locks.length; at++) {
    const lock = locks[at]!;
    let times = 1;
    while (isLeaf(lock) && isSameLeaf(lock, locks[at + 1])) {
      times++;
      at++;
    }
    const count = times > 1 && !lock.text.startsWith('zone->lock') ? ` x ${times}` : '';
    text += `${indent}${lock.text}${lock.event}${count}\n${lines(lock.inside, `${indent}  `)}`;
  }
  return text;
}

function isLeaf(lock: TakenLock): boolean {
  return lock.inside.length === 0 && lock.event === '';
}

function isSameLeaf(lock: TakenLock, next: TakenLock | undefined): boolean {
  return next !== undefined && isLeaf(next) && next.text === lock.text;
}
