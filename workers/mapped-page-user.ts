import { check, type AgentFunction } from '../src/program/index.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import {
  accessPage,
  doAnonymousPage,
  pinPage,
  putPage,
  zapPage,
} from '../src/kernel/page-mapping.ts';

/**
 * A process with one page of memory: it writes to it, finds what it wrote wherever the page is by
 * then, and gives it up.
 *
 * @param options - `mapping`: which of the machine's mappings is its own, from 1 up; `pins`:
 *   whether a driver keeps the page in place for a while
 * @returns whether there was a page
 */
export function mappedPageUser(options: {
  readonly mapping: number;
  readonly pins?: boolean;
}): AgentFunction<Kernel> {
  return function* (kernel) {
    const mapping = kernel.mm.pageMappings[options.mapping - 1]!;
    if ((yield* doAnonymousPage(kernel, mapping)) !== 0) return false;
    yield* accessPage(kernel, mapping, function* (contents) {
      yield* contents.write(mapping.number);
    });
    const pinned = options.pins === true ? yield* pinPage(kernel, mapping) : undefined;
    if (pinned !== undefined) yield* putPage(kernel, pinned);
    yield* accessPage(kernel, mapping, function* (contents) {
      const found = yield* contents.read();
      check(found === mapping.number, 'a page lost what its process had written to it');
    });
    yield* zapPage(kernel, mapping);
    return true;
  };
}
