import { scenario, type Invariant, type Scenario } from '../src/program/index.ts';
import { hvHandlePgRange, hvMemHotAdd } from '../src/kernel/hv-balloon.ts';
import { makeKernel, memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { getOnlineMems, putOnlineMems } from '../src/kernel/mem-hotplug-lock.ts';
import { PageUse } from '../src/kernel/memory-state.ts';
import { sysfsWriter } from '../workers/sysfs-writer.ts';

interface World extends Kernel {
  /** What the driver does not do: get_online_mems() around handle_pg_range(). */
  readonly staysOut: boolean;
}

const backedPagesAreUsed: Invariant<World> = {
  name: 'pages of an online block that the host backs are in use or free',
  when: 'end',
  holds: (world) => {
    const block = memoryBlock(world, 32);
    if (block.sectionOnline.peek() === 0) return true;
    const backed = world.callbacks.hvBalloon!.backed.get(block)!.peek();
    return block.frames.slice(0, backed).every((frame) => frame.peek() !== PageUse.balloon);
  },
};

const hvBalloonLostPages: Scenario<World> = scenario({
  name: 'hv-balloon-lost-pages',
  summary: 'Hyper-V backs more of a block that is just coming online, and nobody onlines that',
  source:
    'derived from reading drivers/hv/hv_balloon.c and online_pages_range() of v6.1, not ' +
    'reported: handle_pg_range() brings pages online where the section is flagged online, which ' +
    'it is after hv_online_page() has been called for all of its pages. `fixed` is ours',
  setup: (arena, { staysOut }): World => ({
    ...makeKernel(arena, {
      release: 'v6.1',
      blocksMax: 1,
      blocksPresent: 0,
      framesPerBlock: 2,
      notifiers: 'balloon',
    }),
    staysOut: staysOut === true,
  }),
  agents: {
    // The wait for somebody to bring the block online may end after five seconds without.
    *'hyper-v'(world) {
      const block = memoryBlock(world, 32);
      yield* hvMemHotAdd(world, block, 1, 'times-out');
      if (world.staysOut) yield* getOnlineMems(world);
      yield* hvHandlePgRange(world, block, 1);
      if (world.staysOut) yield* putOnlineMems(world);
    },
    udev: sysfsWriter('memory32/state', 'online'),
  },
  forms: {
    full: {
      summary: 'the host adds a block, half of it backed, and then backs the rest',
      agents: ['hyper-v', 'udev'],
      strategy: 'dpor',
    },
  },
  invariants: [backedPagesAreUsed],
  variants: {
    broken: {
      summary: 'ha_lock alone',
      shows: [{ kind: 'invariant-violated', about: ['the host backs'] }],
      allows: [{ kind: 'lock-inversion', level: 'guarded', about: ['device_hotplug_lock'] }],
    },
    fixed: {
      summary: 'no block comes online while the driver asks whether one is',
      parameters: { staysOut: true },
      allows: [{ kind: 'lock-inversion', level: 'guarded', about: ['device_hotplug_lock'] }],
    },
  },
});

export default hvBalloonLostPages;
