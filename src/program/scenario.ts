import * as v from 'valibot';
import type { Arena } from './arena.ts';
import { findingKinds } from './finding-kinds.ts';
import { nearest } from './nearest.ts';
import type { Step } from './operation.ts';
import { UserError } from './errors.ts';
import { agentCountMax } from './layout.ts';
import { issueText } from './schema-issue.ts';

/** What an agent knows of itself. @public */
export interface Self {
  /** 0 to 30, in the order of the form's agents. */
  readonly id: number;
  readonly name: string;
}

/** Parameters of a variant: plain data, so that files and worker threads can carry them. @public */
export type Parameters = Readonly<Record<string, string | number | boolean>>;

/** An agent: a generator function over the world that the set-up laid out. @public */
export type AgentFunction<World> = (world: World, self: Self) => Step<unknown>;

/** A finding that a variant is expected to show. @public */
export interface ExpectedFinding {
  /** A kind of finding, such as `deadlock` or `data-race`. */
  readonly kind: string;
  /** Default: any level. */
  readonly level?: 'happened' | 'predicted' | 'possible' | 'guarded';
  /**
   * Names (of locks, lock classes, words, agents or in the title) that the finding must all speak
   * of.
   */
  readonly about?: readonly string[];
}

/** One way of having the program: which fixes are in. @public */
export interface Variant {
  readonly summary: string;
  /** What the set-up gets. Default: none. */
  readonly parameters?: Parameters;
  /**
   * Each of these must be found, and, with `allows`, nothing else. Left out or empty: the variant
   * is clean.
   */
  readonly shows?: readonly ExpectedFinding[];
  /** These may be found or not. */
  readonly allows?: readonly ExpectedFinding[];
}

/** A selection of agents, and how it is explored if the command line does not say. @public */
export interface Form {
  readonly summary: string;
  /** Names of agents, in the order of their numbers. */
  readonly agents: readonly string[];
  /** A strategy's name, such as random, pct or dfs. Default: `random`. */
  readonly strategy?: string;
  /** Executions to run; default: until the strategy is through, or 1000 if it never is. */
  readonly executions?: number;
}

/** A condition that must hold. @public */
export interface Invariant<World> {
  readonly name: string;
  /** After every step, or only at the end of an execution in which every agent ended. */
  readonly when: 'step' | 'end';
  /** Reads words by `peek` only. */
  readonly holds: (world: World) => boolean;
  /** More to say of what does not hold, asked right after; default: nothing. */
  readonly why?: (world: World) => string;
}

/** What {@link scenario} takes. @public */
export interface ScenarioDefinition<World> {
  /** Lower case, digits and dashes. */
  readonly name: string;
  readonly summary: string;
  /** Where it comes from: document and section, commit, bug. */
  readonly source: string;
  /**
   * Lays out the arena: the same calls in the same order on every thread, and nothing but the
   * parameters decides.
   */
  readonly setup: (arena: Arena, parameters: Parameters) => World;
  /** By name. A form chooses among them; an agent's function may stand under several names. */
  readonly agents: Readonly<Record<string, AgentFunction<World>>>;
  /** Default: one form, `full`, of all agents. */
  readonly forms?: Readonly<Record<string, Form>>;
  /** Default: one variant, `default`, which is clean. */
  readonly variants?: Readonly<Record<string, Variant>>;
  /** Default: none. */
  readonly invariants?: readonly Invariant<World>[];
  /** Steps after which an execution is cut off, 1 to 1,000,000; default 10,000. */
  readonly stepsMax?: number;
}

/**
 * A checked scenario: what {@link scenario} returns and a scenario file exports by default. @public
 */
export interface Scenario<World = unknown> extends Required<ScenarioDefinition<World>> {
  /** @internal Marks objects that went through `scenario()`. */
  readonly heddleScenario: 1;
}

const generatorFunction = Object.getPrototypeOf(function* () {
  // Only its prototype is of interest.
});

const callable = v.custom<(...args: never) => unknown>(
  (given) => typeof given === 'function',
  'expected a function',
);
const agent = v.custom<AgentFunction<unknown>>(
  (given) => typeof given === 'function' && Object.getPrototypeOf(given) === generatorFunction,
  'expected a generator function: function* (world, self) { ... }',
);
const text = v.pipe(v.string(), v.nonEmpty('expected some text'));
const expected = v.strictObject({
  kind: v.picklist(findingKinds, (issue) => {
    const hint = nearest(String(issue.input), findingKinds);
    const all = findingKinds.join(', ');
    return `${JSON.stringify(issue.input)} is no kind of finding: ${hint}there are ${all}`;
  }),
  level: v.optional(v.picklist(['happened', 'predicted', 'possible', 'guarded'])),
  about: v.optional(v.array(text)),
});

const definitionSchema = v.strictObject({
  name: v.pipe(
    text,
    v.regex(/^[a-z][a-z0-9-]*$/, 'expected lower case letters, digits and dashes'),
  ),
  summary: text,
  source: text,
  setup: callable,
  agents: v.record(text, agent),
  forms: v.optional(
    v.record(
      text,
      v.strictObject({
        summary: text,
        agents: v.pipe(v.array(text), v.minLength(1), v.maxLength(agentCountMax)),
        strategy: v.optional(text),
        executions: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
      }),
    ),
  ),
  variants: v.optional(
    v.record(
      text,
      v.strictObject({
        summary: text,
        parameters: v.optional(v.record(text, v.union([v.string(), v.number(), v.boolean()]))),
        shows: v.optional(v.array(expected)),
        allows: v.optional(v.array(expected)),
      }),
    ),
  ),
  invariants: v.optional(
    v.array(
      v.strictObject({
        name: text,
        when: v.picklist(['step', 'end']),
        holds: callable,
        why: v.optional(callable),
      }),
    ),
  ),
  stepsMax: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
});

/**
 * Checks a scenario's definition and fills in the defaults.
 *
 * @throws UserError naming the field, what is wrong with it and what would be right
 * @public
 */
export function scenario<World>(definition: ScenarioDefinition<World>): Scenario<World> {
  const name = typeof definition?.name === 'string' ? `scenario "${definition.name}"` : 'scenario';
  const outcome = v.safeParse(definitionSchema, definition);
  if (!outcome.success) {
    throw new UserError(`${name}: ${issueText(definitionSchema, outcome.issues[0])}`);
  }
  const agents = Object.keys(definition.agents);
  const forms = definition.forms ?? { full: { summary: 'all agents', agents } };
  for (const [form, { agents: chosen }] of Object.entries(forms)) {
    for (const one of chosen) {
      if (!Object.hasOwn(definition.agents, one)) {
        throw new UserError(
          `${name}: \`forms.${form}.agents\`: no agent is named "${one}"; ` +
            `there are ${agents.join(', ')}`,
        );
      }
    }
  }
  return Object.freeze({
    ...definition,
    forms,
    variants: definition.variants ?? { default: { summary: 'as it is' } },
    invariants: definition.invariants ?? [],
    stepsMax: definition.stepsMax ?? 10_000,
    heddleScenario: 1 as const,
  });
}

/** Whether a value, such as a module's default export, is a scenario. */
export function isScenario(value: unknown): value is Scenario {
  return typeof value === 'object' && value !== null && 'heddleScenario' in value;
}
