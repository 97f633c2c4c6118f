/** A reader counts itself in and out plainly: nothing orders that with the writer's look. */
import { enter, words } from './section.js';

export const setup = () => ({ readers: words(1), writer: words(1), data: words(1) });

export const threads = {
  reader({ readers, writer, data }) {
    for (;;) {
      readers[0] = 1;
      if (Atomics.load(writer, 0) === 0) break;
      readers[0] = 0;
      while (Atomics.load(writer, 0) === 1);
    }
    const seen = data[0];
    readers[0] = 0;
    return seen;
  },
  writer({ readers, writer, data }) {
    Atomics.store(writer, 0, 1);
    while (readers[0] !== 0);
    enter(data);
    Atomics.store(writer, 0, 0);
  },
};
