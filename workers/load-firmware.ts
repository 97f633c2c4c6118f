import { check, type Step } from '../src/program/index.ts';
import { acpiDeviceEject, acpiDeviceHotplug } from '../src/kernel/acpi.ts';
import { acpiProcessorEject, acpiProcessorHotplug } from '../src/kernel/acpi-processor.ts';
import { plugIn } from '../src/kernel/acpi-memory-device.ts';
import { addMemory } from '../src/kernel/add-memory.ts';
import { EALREADY, EBUSY } from '../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { firstBlock, type MemoryBlock } from '../src/kernel/memory-block.ts';
import type { LoadedKernel } from './load-writer.ts';

/**
 * Firmware that gives the machine a memory block, asks for it back, and does the same the other way
 * round with a block that writers are at. A block that cannot be emptied stays: that is told, and
 * is no fault.
 */
export function loadFirmware(): (kernel: LoadedKernel) => Step {
  return function* (kernel) {
    const { blocksPresent } = kernel.configuration;
    const absent = memoryBlock(kernel, firstBlock + blocksPresent);
    const present = memoryBlock(kernel, firstBlock + blocksPresent - 1);
    for (let round = 0; round < kernel.load.rounds; round++) {
      yield* add(kernel, absent);
      yield* eject(kernel, present);
      yield* eject(kernel, absent);
      yield* add(kernel, present);
    }
  };
}

/** Firmware that takes the machine's last CPU away and gives it back, while user space is at it. */
export function loadCpuFirmware(): (kernel: LoadedKernel) => Step {
  return function* (kernel) {
    const cpu = kernel.cpus.at(-1)!;
    for (let round = 0; round < kernel.load.rounds; round++) {
      const removed = yield* acpiProcessorEject(kernel, cpu);
      check(removed === 0 || removed === -EBUSY, `removing ${cpu.name} was answered by ${removed}`);
      const added = yield* acpiProcessorHotplug(kernel, cpu);
      check(added === 0, `adding ${cpu.name} was answered by ${added}`);
    }
  };
}

/** A hypervisor's driver that gives the machine one more block, and leaves it. */
export function loadDriver(): (kernel: LoadedKernel) => Step<number> {
  return function* (kernel) {
    const number = firstBlock + kernel.configuration.blocksPresent + 1;
    return yield* addMemory(kernel, memoryBlock(kernel, number));
  };
}

/** A device that was not ejected is there already: before 793551c96511 that is a failure. */
function* add(kernel: Kernel, block: MemoryBlock): Step {
  yield* plugIn(block);
  const result = yield* acpiDeviceHotplug(kernel, block);
  check(result === 0 || result === -EALREADY, `adding ${block.name} was answered by ${result}`);
}

function* eject(kernel: Kernel, block: MemoryBlock): Step {
  const result = yield* acpiDeviceEject(kernel, block);
  check(result === 0 || result === -EBUSY, `removing ${block.name} was answered by ${result}`);
}
