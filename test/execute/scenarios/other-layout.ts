import { isMainThread } from 'node:worker_threads';
import { scenario, type Scenario, type Word } from '../../../src/program/index.ts';

/** Its set-up depends on more than its parameters: on the thread that it runs on. */
const otherLayout: Scenario<Word> = scenario<Word>({
  name: 'other-layout',
  summary: 'a set-up that is not deterministic',
  source: 'test',
  setup: (arena) => {
    if (!isMainThread) arena.word('another');
    return arena.word('x');
  },
  agents: {
    *a(x) {
      yield* x.load();
    },
  },
});

export default otherLayout;
