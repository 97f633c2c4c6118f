import type { Arena, Step, Word } from '../program/index.ts';
import { acpiDeviceHotplug } from './acpi.ts';
import { acpiEvaluateOst, OstStatus } from './acpi-ost.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { blocksOf, type MemoryRange } from './walk-memory-blocks.ts';
import { makeWorkqueue, queueWork, workerThread, type Workqueue } from './workqueue.ts';

/** What ACPI hotplug has of its own, besides acpi_scan_lock and the devices. */
export interface AcpiHotplug {
  /** kacpi_hotplug_wq: one event at a time, in the order in which they came. */
  readonly queue: Workqueue;
  /**
   * hotplug.enabled of the handler of memory devices: whether they may be ejected. Written under
   * acpi_scan_lock; atomic, since `eject` only looks.
   */
  readonly hotplugEnabled: Word;
}

export function makeAcpiHotplug(arena: Arena): AcpiHotplug {
  return {
    queue: makeWorkqueue(arena, 'kacpi_hotplug'),
    hotplugEnabled: arena.word('acpi.hotplug_enabled', 1),
  };
}

/**
 * acpi_bus_notify(): the firmware's event, heard in an interrupt's thread, which must not wait for
 * the locks of hotplug: it only queues. All releases (v3.14 on). Lock order: pool->lock.
 */
export function* acpiBusNotify(kernel: Kernel, range: MemoryRange, event: number): Step {
  if (yield* acpiHotplugSchedule(kernel, range, event)) return;
  yield* acpiEvaluateOst(kernel, event, OstStatus.failure);
}

/** acpi_hotplug_schedule(). All releases (v3.14 on). Lock order: pool->lock, a leaf. */
export function* acpiHotplugSchedule(
  kernel: Kernel,
  range: MemoryRange,
  source: number,
): Step<boolean> {
  const first = blocksOf(range)[0]!;
  // The device's blocks, as one number.
  const bits = blocksOf(range).reduce(
    (mask, { number }) => mask | (1 << (number - first.number)),
    0,
  );
  return yield* queueWork(kernel.acpi.queue, [first.number, bits, source]);
}

/**
 * The kworker of kacpi_hotplug, as an agent: it ends when the queue is destroyed.
 *
 * Lock order: the queue and its work, then as in {@link acpiHotplugWorkFn}.
 */
export function* acpiHotplugWorker(kernel: Kernel): Step {
  yield* workerThread(kernel.acpi.queue, (work) => acpiHotplugWorkFn(kernel, work));
}

/**
 * acpi_hotplug_work_fn(). All releases (v3.14 on). That it waits for the other queues of ACPI first
 * is not in the model. Lock order: as in `acpiDeviceHotplug`.
 */
export function* acpiHotplugWorkFn(kernel: Kernel, work: readonly number[]): Step<number> {
  const [first, bits, source] = work;
  const inDevice = ({ number }: MemoryBlock): boolean =>
    number >= first! && number - first! < 31 && (bits! & (1 << (number - first!))) !== 0;
  return yield* acpiDeviceHotplug(kernel, kernel.memoryBlocks.filter(inDevice), source);
}
