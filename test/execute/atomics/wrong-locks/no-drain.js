/** A writer that stops new readers, and does not wait for those who are inside. */
import { enter, words } from './section.js';

export const setup = () => ({ readers: words(1), writer: words(1), data: words(1) });

export const threads = {
  reader({ readers, writer, data }) {
    for (;;) {
      Atomics.add(readers, 0, 1);
      if (Atomics.load(writer, 0) === 0) break;
      Atomics.sub(readers, 0, 1);
      while (Atomics.load(writer, 0) === 1);
    }
    const seen = data[0];
    Atomics.sub(readers, 0, 1);
    return seen;
  },
  writer({ writer, data }) {
    Atomics.store(writer, 0, 1);
    enter(data);
    Atomics.store(writer, 0, 0);
  },
};
