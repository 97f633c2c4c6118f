import { CallbackPriority } from './callback-priority.ts';
import type { CallbackSite } from './callback-site.ts';
import { memoryEventName } from './memory-notify.ts';
import { makeNotifierBlock, Notify } from './notifier-chain.ts';
import { makePageExt, offlinePageExt, onlinePageExt, type PageExt } from './page-ext.ts';
import { pagesPerBlock } from './zone.ts';

/**
 * page_ext_callback() (mm/page_ext.c): tables come with GOING_ONLINE and go with OFFLINE and
 * CANCEL_ONLINE. All releases; b1d5488a252d (v6.1) decides whether users of a table are waited for
 * before it is freed.
 *
 * Lock order: memory_chain.rwsem (read, the caller's), then as in `offlinePageExt`.
 */
export function makePageExtCallback(site: CallbackSite): PageExt {
  const { arena, memoryChain, blocks, kernelOf } = site;
  const pageExt = makePageExt(arena, site.configuration, blocks);
  makeNotifierBlock(arena, memoryChain, {
    name: 'page-ext',
    priority: CallbackPriority.default,
    registered: true,
    *call(_self, action, { startPfn }) {
      const kernel = kernelOf();
      const number = Math.floor(startPfn / pagesPerBlock);
      const block = blocks.find((one) => one.number === number)!;
      const event = memoryEventName(kernel, action);
      if (event === 'goingOnline') yield* onlinePageExt(kernel.release, pageExt, block);
      if (event === 'offline' || event === 'cancelOnline') {
        yield* offlinePageExt(kernel.release, pageExt, block);
      }
      return Notify.ok;
    },
  });
  return pageExt;
}
