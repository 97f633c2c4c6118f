import {
  scenario,
  type AgentFunction,
  type Arena,
  type Scenario,
} from '../../src/program/index.ts';

/** A program with a bug, and the same without it where the mending is plain. */
export interface BugProgram {
  /** As SCTBench calls it. */
  readonly name: string;
  /** Variants: `broken`, and `fixed` where there is one. */
  readonly scenario: Scenario;
}

/** What a program is made of; `World` is what its set-up lays out. */
export interface BugProgramParts<World> {
  readonly name: string;
  /** @param fixed - whether the mended program is meant */
  readonly setup: (arena: Arena, fixed: boolean) => World;
  readonly agents: Readonly<Record<string, AgentFunction<World>>>;
  /** What must hold when all agents have ended; default: nothing. */
  readonly holds?: (world: World) => boolean;
  readonly hasFixed?: boolean;
}

/** The agents of a program by name: `set0`, `set1`... */
export function several<World>(
  name: string,
  count: number,
  agent: (index: number) => AgentFunction<World>,
): Record<string, AgentFunction<World>> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${name}${index}`, agent(index)]),
  );
}

/**
 * Makes the program's scenario.
 *
 * Programs are written from the descriptions of SCTBench (Thomson, Donaldson, Betts, "Concurrency
 * Testing Using Controlled Schedulers", TOPC 2016): shared words are atomic, so that each access is
 * one visible step, `main` is left out, and all agents can go from the start.
 */
export function bugProgram<World>(parts: BugProgramParts<World>): BugProgram {
  const { name, setup, agents, holds } = parts;
  return {
    name,
    scenario: scenario<World>({
      name: name.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
      summary: name,
      source: 'SCTBench',
      setup: (arena, parameters) => setup(arena, parameters['fixed'] === true),
      agents,
      // A strategy that is not fair may spin for ever.
      stepsMax: 2000,
      variants: {
        broken: { summary: 'as it is', parameters: { fixed: false } },
        ...(parts.hasFixed === true && {
          fixed: { summary: 'mended', parameters: { fixed: true } },
        }),
      },
      ...(holds !== undefined && {
        invariants: [{ name: 'the end is right', when: 'end', holds }],
      }),
    }) as Scenario,
  };
}
