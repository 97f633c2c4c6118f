import {
  scenario,
  type Arena,
  type ExpectedFinding,
  type Parameters,
  type Scenario,
} from '../src/program/index.ts';
import { makeKernel, type Kernel } from '../src/kernel/kernel.ts';
import { PageUse } from '../src/kernel/memory-state.ts';
import { allocPage } from '../src/kernel/page-allocator.ts';
import { makeMemtrace } from '../src/kernel/powernv-memtrace.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

function setup(arena: Arena, parameters: Parameters): Kernel {
  const kernel = makeKernel(arena, {
    release: 'v4.20',
    blocksMax: 1,
    blocksPresent: 1,
    blocksOnline: 1,
    ...parameters,
  });
  const { file } = makeMemtrace(arena);
  return { ...kernel, files: new Map([...kernel.files, [file.path, file]]) };
}

/** What comes of a block that is online again, or half, when memtrace removes it. */
const tooEarly: readonly ExpectedFinding[] = [
  { kind: 'assertion-failed', about: ['memory is removed that is not offline', 'memtrace'] },
  { kind: 'data-race', about: ['memory32.state'] },
];

/**
 * Two who take one block offline at a time, under locks of their own each: the second waits for
 * pages that are gone already to become free.
 */
const offlinedTwice: ExpectedFinding = {
  kind: 'deadlock',
  about: ['waiting for an event that never comes'],
};

const memtraceReonline: Scenario<Kernel> = scenario({
  name: 'memtrace-reonline',
  summary: 'the memtrace driver offlines memory by hand, and user space brings it back too early',
  source:
    'cec1680591d6 "powerpc/powernv: hold device_hotplug_lock when calling device_online()", ' +
    '5666848774ef "powerpc/powernv: hold device_hotplug_lock when calling ' +
    'memtrace_offline_pages()" (v4.20)',
  setup,
  agents: {
    // Takes a block and gives it back.
    *memtrace(kernel) {
      yield* sysfsWrite(kernel, 'memtrace/enable', '0x8000000');
      yield* sysfsWrite(kernel, 'memtrace/enable', '0');
    },
    // Writes 0 and 1 to `online`, and then gets a page of the block, if there is one.
    *user(kernel) {
      yield* sysfsWrite(kernel, 'memory32/online', '0');
      yield* sysfsWrite(kernel, 'memory32/online', '1');
      yield* allocPage(kernel, PageUse.unmovable);
    },
  },
  forms: {
    full: {
      summary: 'memtrace takes and gives back a block that user space offlines, onlines and uses',
      agents: ['memtrace', 'user'],
      strategy: 'dpor',
    },
  },
  variants: {
    broken: {
      summary: 'v4.19: device_hotplug_lock around the removal only',
      parameters: { without: 'cec1680591d6,5666848774ef' },
      shows: [
        { kind: 'assertion-failed', about: ['device_hotplug_lock', 'memtrace'] },
        ...tooEarly,
      ],
      allows: [
        offlinedTwice,
        // device_online() by memtrace, without the lock that keeps the two orders apart.
        { kind: 'lock-inversion', level: 'possible', about: ['memory device_lock'] },
      ],
    },
    'half-fixed': {
      summary: 'cec1680591d6: the way back is safe, the way out is not',
      parameters: { without: '5666848774ef' },
      shows: tooEarly,
      allows: [offlinedTwice],
    },
    fixed: {
      summary: '5666848774ef: device_hotplug_lock from the check to the removal',
    },
  },
});

export default memtraceReonline;
