import {
  attempt,
  check,
  currentAgent,
  progress,
  scenario,
  type AgentFunction,
  type Scenario,
  type Step,
  type Word,
} from '../../../src/program/index.ts';

/** Says who it is from far below the agent's own function, before and after others have moved. */
function* below(x: Word): Step<readonly number[]> {
  const before = currentAgent();
  yield* attempt();
  yield* x.add(1);
  yield* progress();
  return [before, currentAgent()];
}

const agent: AgentFunction<Word> = function* (x, self) {
  for (let time = 0; time < 3; time++) {
    for (const id of yield* below(x)) check(id === self.id, `${self.name} is told it is ${id}`);
  }
};

/** Agents that ask who they are. */
const whoAmI: Scenario<Word> = scenario<Word>({
  name: 'who-am-i',
  summary: 'agents that ask who they are',
  source: 'test',
  setup: (arena) => arena.word('x'),
  agents: { a: agent, b: agent, c: agent },
});

export default whoAmI;
