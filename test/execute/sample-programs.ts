import { instantiate, type Program } from '../../src/execute/program.ts';
import {
  scenario,
  type AgentFunction,
  type Arena,
  type Invariant,
  type Scenario,
} from '../../src/program/index.ts';

/** A small program, written in the test that uses it. */
export interface Sample<World> {
  readonly setup: (arena: Arena) => World;
  readonly agents: Readonly<Record<string, AgentFunction<World>>>;
  readonly invariants?: readonly Invariant<World>[];
  readonly stepsMax?: number;
}

/** The sample as a scenario of one form, `full`, and one variant, `default`. */
export function sampleScenario<World>(sample: Sample<World>): Scenario {
  return scenario<World>({
    name: 'sample',
    summary: 'a sample',
    source: 'test',
    setup: (arena) => sample.setup(arena),
    agents: sample.agents,
    invariants: sample.invariants ?? [],
    ...(sample.stepsMax === undefined ? {} : { stepsMax: sample.stepsMax }),
  }) as Scenario;
}

/** The sample, laid out. */
export function sampleProgram<World>(sample: Sample<World>): Program {
  return instantiate(sampleScenario(sample), { variant: 'default', form: 'full' });
}

/** As many agents as there are numbers from 0 to `count` - 1, named by a prefix. */
export function agentsOf<World>(
  prefix: string,
  count: number,
  make: (index: number) => AgentFunction<World>,
): Record<string, AgentFunction<World>> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${prefix}${index}`, make(index)]),
  );
}
