import { isMainThread } from 'node:worker_threads';
import { scenario, type Scenario, type Word } from '../../../src/program/index.ts';

if (!isMainThread) throw new Error('this module wants the main thread');

/** Loads on the main thread and nowhere else. */
const notOnThreads: Scenario<Word> = scenario<Word>({
  name: 'not-on-threads',
  summary: 'a module that does not load on threads',
  source: 'test',
  setup: (arena) => arena.word('x'),
  agents: {
    *a(x) {
      yield* x.load();
    },
    *b(x) {
      yield* x.load();
    },
  },
});

export default notOnThreads;
