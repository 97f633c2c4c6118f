import type { Region, Word } from '../program/index.ts';
import { CallbackPriority } from './callback-priority.ts';
import type { CallbackSite } from './callback-site.ts';
import { memoryEventName } from './memory-notify.ts';
import { makeNotifierBlock, Notify } from './notifier-chain.ts';
import { bootBlockCount, pagesPerBlock } from './zone.ts';

/** The shadow memory of one block (mm/kasan/shadow.c). */
interface Shadow {
  /** Whether it is mapped; plain, under mem_hotplug_lock. */
  readonly mapped: Word;
  readonly region: Region;
}

/**
 * kasan_mem_notifier() (mm/kasan/shadow.c): memory that comes online has shadow memory mapped
 * before, and loses it after it went offline. All releases. A range that is mapped already is left
 * as it is, and so is one that cancelling finds unmapped, as it finds it where the event that it
 * cancels never came here. Who checks accesses against the shadow is not in the model, so nothing
 * touches it but this callback; nor is the boot's shadow, which is never given back.
 *
 * Lock order: memory_chain.rwsem (read, the caller's); vmalloc's locks are left out.
 */
export function makeKasanCallback(site: CallbackSite): void {
  const { arena, memoryChain, blocks, kernelOf } = site;
  const shadows = new Map<number, Shadow>();
  for (const block of blocks) {
    if (block.number < bootBlockCount) continue;
    const online = block.presence === 'online';
    const { region } = arena.region(
      `${block.name}.kasan_shadow`,
      () => arena.word(`${block.name}.kasan_shadow.bytes`),
      { retired: !online },
    );
    const mapped = arena.word(`${block.name}.kasan_shadow.mapped`, online ? 1 : 0);
    shadows.set(block.number, { mapped, region });
  }
  makeNotifierBlock(arena, memoryChain, {
    name: 'kasan',
    priority: CallbackPriority.default,
    registered: true,
    *call(_self, action, { startPfn }) {
      const shadow = shadows.get(Math.floor(startPfn / pagesPerBlock));
      if (shadow === undefined) return Notify.ok;
      const { mapped, region } = shadow;
      const event = memoryEventName(kernelOf(), action);
      const before = yield* mapped.read();
      if (event === 'goingOnline' && before === 0) {
        yield* region.revive();
        yield* mapped.write(1);
      } else if ((event === 'offline' || event === 'cancelOnline') && before === 1) {
        yield* mapped.write(0);
        yield* region.retire();
      }
      return Notify.ok;
    },
  });
}
