import type { AgentFunction } from '../src/program/index.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { PageUse } from '../src/kernel/memory-state.ts';
import { allocPage, freePage } from '../src/kernel/page-allocator.ts';

/**
 * A user of memory: takes a page, if there is one, and gives it back.
 *
 * @returns whether there was one
 */
export function pageUser(options: { readonly use?: number } = {}): AgentFunction<Kernel> {
  return function* (kernel) {
    const page = yield* allocPage(kernel, options.use ?? PageUse.movable);
    if (page === undefined) return false;
    yield* freePage(kernel, page);
    return true;
  };
}
