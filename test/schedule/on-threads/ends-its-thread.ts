import { isMainThread } from 'node:worker_threads';
import { sampleScenario, agentsOf } from '../../execute/sample-programs.ts';
import type { Arena, Scenario, Word } from '../../../src/program/index.ts';

let executions = 0;

const scenario: Scenario = sampleScenario({
  setup: (arena: Arena) => ({ x: arena.word('x') }),
  agents: agentsOf<{ x: Word }>(
    'adder',
    6,
    (index) =>
      function* ({ x }) {
        if (index === 0 && !isMainThread && ++executions > 50) process.exit(7);
        yield* x.add(1);
      },
  ),
});

/** On a worker thread the 51st execution ends the thread. */
export default scenario;
