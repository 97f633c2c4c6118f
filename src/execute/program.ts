import type { CheckOptions } from '../check/check-set.ts';
import { Arena } from '../program/arena.ts';
import { Alike } from './alike.ts';
import { Kind, ObjectType } from '../program/kinds.ts';
import { RegionAt } from '../program/layout.ts';
import { UserError } from '../program/errors.ts';
import { make, port } from '../program/port.ts';
import type { AgentFunction, Invariant, Parameters, Scenario, Self } from '../program/scenario.ts';
import { Subject } from '../trace/subject.ts';
import { withDeaths, type Death } from './deaths.ts';
import { nearest } from '../program/nearest.ts';
import { isOfKernelModel, placesOf, placeText } from '../trace/places.ts';

/** Which program of a scenario: plain data, so that a worker thread can make the same. @public */
export interface ProgramChoice {
  readonly variant: string;
  readonly form: string;
  /** Agents that die on the way; default: none. */
  readonly deaths?: readonly Death[];
  /** Whether words that no lock keeps are told (`lockset-suspicion`); default: no. */
  readonly suspicions?: boolean;
}

/** A scenario in one variant and form, laid out: what executors run. @public */
export interface Program {
  readonly scenario: Scenario;
  readonly choice: ProgramChoice;
  readonly arena: Arena;
  readonly world: unknown;
  readonly agents: readonly AgentFunction<unknown>[];
  readonly selves: readonly Self[];
  /** Which agents cannot tell themselves apart. */
  readonly alike: Alike;
  readonly subject: Subject;
  readonly invariants: readonly Invariant<unknown>[];
  /** The objects of agents that do not begin by themselves. */
  readonly spawned: readonly number[];
}

/** What a scenario lays out by itself. */
export interface Laid {
  readonly subject: Subject;
  readonly agents: readonly AgentFunction<unknown>[];
}

/** Scenarios whose objects and agents are not what they look like: those of `heddle check`. */
export const layouts: WeakMap<
  Scenario,
  (world: unknown, agents: readonly string[], arena: Arena) => Laid
> = new WeakMap();

/**
 * Lays a program out.
 *
 * @param buffer - the arena's memory if another thread has laid it out; default: new memory with
 *   its first contents
 * @throws UserError if the scenario has no such variant or form, or its set-up fails
 * @public
 */
export function instantiate(
  scenario: Scenario,
  choice: ProgramChoice,
  buffer?: SharedArrayBuffer,
): Program {
  const form = pick(scenario.forms, choice.form, scenario.name, 'form');
  const variant = pick(scenario.variants, choice.variant, scenario.name, 'variant');
  const arena = new Arena(form.agents.length);
  const world = setUp(scenario, choice.variant, arena, variant.parameters ?? {});
  const spawned = spawnedAgents(scenario, choice.form, form.agents, arena);
  arena.seal(buffer);
  const laid = layouts.get(scenario)?.(world, form.agents, arena);
  const subject = laid?.subject ?? Subject.of(form.agents, arena);
  for (const { agent } of choice.deaths ?? []) subject.mortals |= 1 << form.agents.indexOf(agent);
  // An agent that dies has ended, as far as one that joins it is concerned.
  const agents = withDeaths(
    form.agents,
    laid?.agents ?? form.agents.map((name) => scenario.agents[name]!),
    choice.deaths ?? [],
    `scenario "${scenario.name}", form "${choice.form}"`,
  );
  subject.retiredRegions = subject
    .regions()
    .map(({ base }) => base)
    .filter((base) => arena.initially(base + RegionAt.retired) !== 0);
  const functions = laid === undefined ? agentsOf(form.agents, agents, arena) : agents;
  const alike = new Alike(functions, arena);
  return {
    scenario,
    choice,
    arena,
    world,
    agents: functions,
    spawned,
    selves: form.agents.map((name, id) => alike.self(id, name)),
    alike,
    subject,
    invariants: scenario.invariants.map((invariant) => explaining(invariant, scenario.name)),
  };
}

/**
 * The objects of agents that do not begin by themselves; each gets its agent's number.
 *
 * @throws UserError if the form has no such agent, or only such
 */
function spawnedAgents(
  { name }: Scenario,
  form: string,
  agents: readonly string[],
  arena: Arena,
): number[] {
  const objects = arena.objects.filter(({ type }) => type === ObjectType.agent);
  for (const object of objects) {
    const agent = agents.indexOf(object.name);
    if (agent < 0) {
      throw new UserError(
        `scenario "${name}": its set-up says that "${object.name}" is spawned, but the form ` +
          `"${form}" has no agent of that name: ` +
          `${nearest(object.name, agents)}it has ${agents.join(', ')}`,
      );
    }
    arena.numberSpawned(object.base, agent);
  }
  if (objects.length === agents.length) {
    throw new UserError(
      `scenario "${name}": all agents of the form "${form}" are spawned: one must begin by itself`,
    );
  }
  return objects.map(({ base }) => base);
}

/** The functions of a form's agents. */
function agentsOf(
  names: readonly string[],
  agents: readonly AgentFunction<unknown>[],
  arena: Arena,
): AgentFunction<unknown>[] {
  return names.map((name, at) => {
    const object = arena.objects.find((one) => one.type === ObjectType.agent && one.name === name);
    const agent = agents[at]!;
    return object === undefined ? agent : beginning(agent, object.base);
  });
}

/** The agent, from when it is spawned to its end. */
function beginning(agent: AgentFunction<unknown>, object: number): AgentFunction<unknown> {
  return function* (world, self) {
    yield* make(Kind.begin, object);
    const result = yield* agent(world, self);
    yield* make(Kind.end, object);
    return result;
  };
}

function setUp(scenario: Scenario, variant: string, arena: Arena, parameters: Parameters): unknown {
  let world: unknown;
  try {
    world = scenario.setup(arena, parameters);
    arena.resolve();
  } catch (error) {
    const name = `scenario "${scenario.name}", variant "${variant}"`;
    // A parameter that the model refuses: its message says all, and the place is not the user's.
    if (error instanceof UserError && isOfModel(error)) {
      throw new UserError(`${name}: ${error.message}`, { cause: error });
    }
    throw wentWrong(`${name}: its set-up fails`, error);
  }
  const name = `scenario "${scenario.name}": its set-up`;
  if (world instanceof Promise) {
    world.catch(() => undefined);
    throw new UserError(`${name} is asynchronous: it must lay out and return the world at once`);
  }
  if (port.made) {
    port.clear();
    throw new UserError(
      `${name} makes an operation, which only agents may: give first values to \`arena.word\``,
    );
  }
  return world;
}

/** The invariant, with an account of what went wrong if it throws. */
function explaining(invariant: Invariant<unknown>, scenario: string): Invariant<unknown> {
  const name = `scenario "${scenario}": invariant "${invariant.name}"`;
  const holds = (world: unknown): boolean => {
    let answer: boolean;
    try {
      answer = invariant.holds(world);
    } catch (error) {
      throw wentWrong(`${name} fails`, error);
    }
    if (port.made) {
      port.clear();
      throw new UserError(`${name} makes an operation: it reads words by \`peek()\` only`);
    }
    return answer;
  };
  return { ...invariant, holds };
}

/** Whether the kernel model threw it, and not the user's own code. */
function isOfModel(error: Error): boolean {
  const place = placesOf(error.stack)[0];
  return place !== undefined && isOfKernelModel(place);
}

/** What the user's own code threw outside of agents, and where. */
function wentWrong(what: string, error: unknown): UserError {
  const place = error instanceof Error ? placesOf(error.stack)[0] : undefined;
  const where = place === undefined ? '' : ` at ${placeText(place)}`;
  const why = error instanceof UserError ? error.message : String(error);
  return new UserError(`${what}${where}: ${why}`, { cause: error });
}

/** @throws UserError with the nearest names if there is none of this name */
export function pick<T>(
  from: Readonly<Record<string, T>>,
  name: string,
  scenario: string,
  what: string,
): T {
  if (Object.hasOwn(from, name)) return from[name]!;
  const names = Object.keys(from);
  const hint = nearest(name, names);
  throw new UserError(
    `scenario "${scenario}" has no ${what} "${name}": ${hint}it has ${names.join(', ')}`,
  );
}

/** Whether an object of this type is a lock that agents hold. */
export function isLock(type: number): boolean {
  return type >= ObjectType.mutex && type <= ObjectType.percpuRwSemaphore;
}

/** What the checkers need to know of a program. */
export function checkOptions({ choice }: Program): CheckOptions {
  return { suspicions: choice.suspicions === true };
}

/**
 * Whether the program has objects in which operations that commute with each other may keep others
 * out: each of several readers keeps a writer out, where writers do not queue, and each user of a
 * reference whoever drains it. Everywhere else whatever keeps others out commutes with nothing.
 */
export function sharersExclude({ arena }: Program): boolean {
  return arena.objects.some(
    ({ type }) => type === ObjectType.rwLock || type === ObjectType.activeRef,
  );
}
