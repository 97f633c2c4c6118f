import type { AgentFunction } from '../src/program/index.ts';
import { acpiHotplugWorker } from '../src/kernel/acpi-hotplug-work.ts';
import type { Kernel } from '../src/kernel/kernel.ts';

/** The kworker of kacpi_hotplug; somebody else destroys the queue when there is no more to do. */
export function kacpiHotplug(): AgentFunction<Kernel> {
  return function* (kernel) {
    yield* acpiHotplugWorker(kernel);
  };
}
