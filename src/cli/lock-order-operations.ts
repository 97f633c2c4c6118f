import type { Parameters, Step } from '../program/index.ts';
import { acpiDeviceEject, acpiDeviceHotplug } from '../kernel/acpi.ts';
import { acpiProcessorEject, acpiProcessorHotplug } from '../kernel/acpi-processor.ts';
import { addMemory, addMemoryDriverManaged } from '../kernel/add-memory.ts';
import { memoryBlock, type Kernel } from '../kernel/kernel.ts';
import { memremapPages, memunmapPages } from '../kernel/memremap-pages.ts';
import { offlineAndRemoveMemory } from '../kernel/offline-and-remove-memory.ts';
import { removeMemory } from '../kernel/remove-memory.ts';
import { sysfsRead, sysfsWrite } from '../kernel/sysfs.ts';

/** One thing that a single agent does to the kernel, alone. */
export interface LockOrderOperation {
  readonly title: string;
  /** The kernel's; `notifiers` names callbacks beside those that all operations have. */
  readonly parameters?: Parameters;
  /** What comes before and is not shown. */
  readonly before?: (kernel: Kernel) => Step<unknown>;
  readonly run: (kernel: Kernel) => Step<unknown>;
  /** Releases that do not have it; default none. */
  readonly notIn?: readonly string[];
}

const write =
  (path: string, input: string) =>
  (kernel: Kernel): Step<number> =>
    sysfsWrite(kernel, path, input);

const added = (kernel: Kernel) => memoryBlock(kernel, 33);
const acpi = { addPath: 'acpi', blocksOnline: 1 } as const;
const beforeV6 = ['v3.19', 'v4.18', 'v4.20'];
const online = { blocksOnline: 1 };

/** The operations that `lock-order` shows, in this order. */
export const lockOrderOperations: readonly LockOrderOperation[] = [
  {
    title: 'ACPI hot add',
    parameters: acpi,
    run: (kernel) => acpiDeviceHotplug(kernel, added(kernel)),
  },
  {
    title: 'ACPI hot add, brought online by policy',
    parameters: { ...acpi, autoOnline: true },
    run: (kernel) => acpiDeviceHotplug(kernel, added(kernel)),
    notIn: ['v3.19'],
  },
  { title: 'state=online', run: write('memory32/state', 'online') },
  {
    title: 'state=online_movable, the first block of the zone',
    run: write('memory32/state', 'online_movable'),
  },
  {
    title: 'state=online, the first memory of node 1',
    parameters: { nodes: 2, hotplugNode: 1, blocksPresent: 0 },
    before: (kernel) => addMemory(kernel, memoryBlock(kernel, 32)),
    run: write('memory32/state', 'online'),
  },
  { title: 'state=offline', parameters: online, run: write('memory32/state', 'offline') },
  {
    title: 'state=offline, refused by the last callback',
    parameters: { ...online, notifiers: 'error-inject' },
    before: write('notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error', '-16'),
    run: write('memory32/state', 'offline'),
  },
  { title: 'online=1', run: write('memory32/online', '1') },
  { title: 'online=0', parameters: online, run: write('memory32/online', '0') },
  {
    title: 'ACPI removal of a block that is offline',
    parameters: { addPath: 'acpi' },
    run: (kernel) => acpiDeviceEject(kernel, memoryBlock(kernel, 32)),
  },
  {
    title: 'ACPI removal of a block that is online',
    parameters: acpi,
    run: (kernel) => acpiDeviceEject(kernel, memoryBlock(kernel, 32)),
  },
  { title: 'probe', run: write('probe', '0x108000000') },
  { title: 'add_memory()', run: (kernel) => addMemory(kernel, added(kernel)) },
  {
    title: 'add_memory_driver_managed()',
    notIn: beforeV6,
    run: (kernel) => addMemoryDriverManaged(kernel, added(kernel), 'System RAM (driver)'),
  },
  { title: 'remove_memory()', run: (kernel) => removeMemory(kernel, memoryBlock(kernel, 32)) },
  {
    title: 'offline_and_remove_memory()',
    parameters: online,
    notIn: beforeV6,
    run: (kernel) => offlineAndRemoveMemory(kernel, memoryBlock(kernel, 32)),
  },
  { title: 'cpu1/online=0', run: write('cpu1/online', '0') },
  { title: 'cpu1/online=1', before: write('cpu1/online', '0'), run: write('cpu1/online', '1') },
  {
    title: 'ACPI CPU add',
    parameters: { cpusPresent: 0 },
    run: (kernel) => acpiProcessorHotplug(kernel, kernel.cpus[0]!),
  },
  {
    title: 'ACPI CPU removal, of a CPU that is online',
    run: (kernel) => acpiProcessorEject(kernel, kernel.cpus[0]!),
  },
  {
    title: 'soft_offline_page',
    parameters: online,
    run: write('soft_offline_page', '0x100000000'),
  },
  { title: 'reading `online`', run: (kernel) => sysfsRead(kernel, 'memory32/online') },
  { title: 'reading `state`', run: (kernel) => sysfsRead(kernel, 'memory32/state') },
  { title: 'reading `valid_zones`', run: (kernel) => sysfsRead(kernel, 'memory32/valid_zones') },
  {
    title: 'memremap_pages()',
    parameters: { deviceRanges: 1 },
    run: (kernel) => memremapPages(kernel, kernel.deviceMemory[0]!),
  },
  {
    title: 'memunmap_pages()',
    parameters: { deviceRanges: 1 },
    before: (kernel) => memremapPages(kernel, kernel.deviceMemory[0]!),
    run: (kernel) => memunmapPages(kernel, kernel.deviceMemory[0]!),
  },
];
