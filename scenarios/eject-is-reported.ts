import { scenario, type Scenario } from '../src/program/index.ts';
import { ejectPath } from '../src/kernel/acpi-files.ts';
import { OstEvent, OstStatus } from '../src/kernel/acpi-ost.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';
import { destroyWorkqueue } from '../src/kernel/workqueue.ts';
import { kacpiHotplug } from '../workers/kacpi-hotplug.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

/** Of the debugfs of error injection; only there where a callback refuses. */
const refusal = 'notifier-error-inject/memory/actions/MEM_GOING_OFFLINE/error';

/** Event and status of the n-th report, or undefined if there were fewer. */
function report({ ost }: Kernel, at: number): readonly number[] | undefined {
  if (ost.count.peek() <= at) return undefined;
  return [ost.events[at]!.peek(), ost.statuses[at]!.peek()];
}

const isInProgress = (kernel: Kernel): boolean =>
  String(report(kernel, 0)) === String([OstEvent.ejectRequest, OstStatus.ejectInProgress]);

/** Whether the firmware was told twice, and the second time the truth. */
function toldTheTruth(kernel: Kernel): boolean {
  const isGone = memoryBlock(kernel, 32).presentSections.peek() === 0;
  const status = isGone ? OstStatus.success : OstStatus.deviceBusy;
  return (
    String(report(kernel, 1)) === String([OstEvent.ospmEject, status]) &&
    report(kernel, 2) === undefined
  );
}

const ejectIsReported: Scenario<Kernel> = scenario({
  name: 'eject-is-reported',
  summary: 'memory is ejected while user space brings it online: refused or done, and reported',
  source:
    'Documentation/admin-guide/mm/memory-hotplug.rst of 2018, "Physical memory remove": tell ' +
    'the firmware of the completion, and protect memory that is not offline; 4f3549d72d1b',
  setup: (arena, parameters) =>
    makeKernel(arena, { addPath: 'acpi', blocksMax: 1, blocksOnline: 1, ...parameters }),
  agents: {
    *user(kernel) {
      if (kernel.files.has(refusal)) yield* sysfsWrite(kernel, refusal, '-16');
      yield* sysfsWrite(kernel, ejectPath(0), '1');
      yield* destroyWorkqueue(kernel.acpi.queue);
    },
    worker: kacpiHotplug(),
    'sysfs-writer': sysfsWriter('memory32/state', 'online'),
  },
  forms: {
    full: {
      summary: 'the file `eject`, the worker of kacpi_hotplug, and a writer of `state`',
      agents: ['user', 'worker', 'sysfs-writer'],
      strategy: 'dpor',
    },
  },
  invariants: [
    { name: 'the firmware hears that it is in progress', when: 'end', holds: isInProgress },
    { name: 'the firmware hears what came of it', when: 'end', holds: toldTheTruth },
  ],
  variants: {
    'v3.19': { summary: 'as far as the model goes back', parameters: { release: 'v3.19' } },
    'v4.20': { summary: 'the series of the document', parameters: { release: 'v4.20' } },
    'v6.1': { summary: 'stable since', parameters: { release: 'v6.1' } },
    'v6.8': {
      summary: 'blocks are removed under mem_hotplug_lock',
      parameters: { release: 'v6.8' },
    },
    refused: {
      summary: 'v6.1, and a callback does not let the memory go: busy, and it stays in use',
      parameters: { release: 'v6.1', notifiers: 'error-inject' },
    },
    unguarded: {
      summary: 'without 4f3549d72d1b the block is online again when it is to be removed',
      parameters: { release: 'v3.19', without: '4f3549d72d1b' },
      shows: [{ kind: 'assertion-failed', about: ['kernel BUG', 'worker'] }],
      // What else device_hotplug_lock keeps apart: sysfs-vs-remove and others show each by itself.
      allows: [
        { kind: 'deadlock', about: ['sysfs-writer', 'worker'] },
        { kind: 'data-race', about: ['memory32.state'] },
        { kind: 'lock-inversion', level: 'possible', about: ['mem_hotplug.lock'] },
      ],
    },
  },
});

export default ejectIsReported;
