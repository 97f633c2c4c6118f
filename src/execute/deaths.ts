import { UserError } from '../program/errors.ts';
import { Kind } from '../program/kinds.ts';
import { nearest } from '../program/nearest.ts';
import { visibleOf } from '../program/operation-table.ts';
import type { Step } from '../program/operation.ts';
import { port, type OperationExecutor } from '../program/port.ts';
import type { AgentFunction } from '../program/scenario.ts';

/**
 * Failure injection: an agent that dies once it has performed so many operations, with whatever it
 * holds; 0: before its first one.
 *
 * @public
 */
export interface Death {
  /** Name of the agent in its form. */
  readonly agent: string;
  readonly operations: number;
}

const operationsMax = 1_000_000;

/** "AGENT@N". */
export function deathText({ agent, operations }: Death): string {
  return `${agent}@${operations}`;
}

/** @throws UserError if the text is not "AGENT@N" */
export function parseDeath(text: string): Death {
  const at = text.lastIndexOf('@');
  const operations = Number(text.slice(at + 1));
  const isWhole = /^\d+$/.test(text.slice(at + 1)) && operations <= operationsMax;
  if (at > 0 && isWhole) return { agent: text.slice(0, at), operations };
  throw new UserError(
    `expected a death as AGENT@N, after N operations, 0 to ${operationsMax}, not "${text}"`,
  );
}

/** Ends an agent in the midst of it; nothing that it does on its way out counts. */
class AgentKilled extends Error {
  override name = 'AgentKilled';
}

const said: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Stands before the executor while the agent runs, and counts. */
class Doom implements OperationExecutor {
  private left: number;
  private executor: OperationExecutor = port.executor;
  private isDead = false;
  /** The agent is at an operation that it has begun, and waits in. */
  private isWaiting = false;

  constructor(operations: number) {
    this.left = operations;
  }

  get agent(): number {
    return this.executor.agent;
  }

  step(): IteratorResult<undefined, unknown> {
    const isVisible = visibleOf[port.kind] !== 0;
    if (this.isDead || (!this.isWaiting && isVisible && this.left === 0)) {
      this.isDead = true;
      port.clear();
      throw new AgentKilled();
    }
    if (port.kind === Kind.forget) {
      // How much it has done is of account, whatever the agent says.
      port.made = false;
      return said;
    }
    const wasWaiting = this.isWaiting;
    const result = this.executor.step();
    this.isWaiting = result.done !== true;
    if (!this.isWaiting && (wasWaiting || isVisible)) this.left--;
    return result;
  }

  /** Lets the agent go on to where it has to wait; whether it has ended or died. */
  resume(agent: Step<unknown>): boolean {
    this.executor = port.executor;
    port.executor = this;
    try {
      return agent.next().done === true;
    } catch (error) {
      // Whatever it throws on its way out is no failure of its own.
      if (!this.isDead) throw error;
      return true;
    } finally {
      port.executor = this.executor;
      if (this.isDead) port.clear();
    }
  }
}

/** The same agent, that dies after so many operations. */
function dying(agent: AgentFunction<unknown>, operations: number): AgentFunction<unknown> {
  return function* (world, self): Step<unknown> {
    const doom = new Doom(operations);
    const inner = agent(world, self);
    while (!doom.resume(inner)) yield undefined;
    return undefined;
  };
}

/**
 * The agents of a form, some of which die.
 *
 * @param where - names the program in messages
 * @throws UserError if it has no agent of such a name
 */
export function withDeaths(
  names: readonly string[],
  agents: readonly AgentFunction<unknown>[],
  deaths: readonly Death[],
  where: string,
): readonly AgentFunction<unknown>[] {
  for (const { agent } of deaths) {
    if (names.includes(agent)) continue;
    const hint = nearest(agent, names);
    throw new UserError(
      `${where} has no agent "${agent}" to kill: ${hint}there are ${names.join(', ')}`,
    );
  }
  return agents.map((agent, at) => {
    const death = deaths.find((one) => one.agent === names[at]);
    return death === undefined ? agent : dying(agent, death.operations);
  });
}
