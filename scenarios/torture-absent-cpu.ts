import { scenario, type Scenario } from '../src/program/index.ts';
import { acpiProcessorHotplug } from '../src/kernel/acpi-processor.ts';
import { makeKernel } from '../src/kernel/kernel.ts';
import { cpuTorture, type TorturedKernel } from '../workers/cpu-torture.ts';

const tortureAbsentCpu: Scenario<TorturedKernel> = scenario({
  name: 'torture-absent-cpu',
  summary: 'a torture test brings possible CPUs online, and one of them has no device',
  source: 'an oops of locktorture with CPU hotplug on a running 6.1 with CPUs left to add',
  setup: (arena, { presentOnly = false, ...parameters }): TorturedKernel => ({
    ...makeKernel(arena, { cpus: 1, cpusPresent: 0, ...parameters }),
    presentOnly: presentOnly === true,
  }),
  agents: {
    torture: cpuTorture(),
    *firmware(world) {
      return yield* acpiProcessorHotplug(world, world.cpus[0]!);
    },
  },
  forms: {
    full: {
      summary: 'all possible CPUs are brought online while ACPI adds one',
      agents: ['torture', 'firmware'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'add_cpu() for every possible CPU',
      shows: [{ kind: 'assertion-failed', about: ['NULL pointer dereference', 'cpu1'] }],
      // With what goes before it within add_cpu() and acpi_processor_add().
      allows: [{ kind: 'lock-inversion', level: 'guarded', about: ['device_hotplug_lock'] }],
    },
    fixed: {
      summary: 'derived: only for CPUs that are present; the lock waits until the device is there',
      parameters: { presentOnly: true },
      allows: [{ kind: 'lock-inversion', level: 'guarded', about: ['device_hotplug_lock'] }],
    },
  },
});

export default tortureAbsentCpu;
