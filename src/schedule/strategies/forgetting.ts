import type { Histories } from '../../execute/histories.ts';
import type { Machine } from '../../execute/machine.ts';
import { firstOf } from '../../execute/strategy.ts';
import { UserError } from '../../program/errors.ts';
import type { Subject } from '../../trace/subject.ts';
import { NondeterminismError, operationText } from './dfs.ts';

/** An operation in one number, with what it is about; 0: the agent has ended. */
export type Doing = number;

/** Stands for an agent that has failed. */
export const failed: Doing = -1;
/** Bits that tell operations with other operands apart. */
const operandBits = 2 ** 20;

/**
 * Looks whether agents keep to their word (`forget`): one that knows the same goes on in the same
 * way. What is seen are the operations that agents come to at choices not met before, so where
 * states are merged by that very word, only some of them.
 */
export class Forgetting {
  private readonly met = new Map<number, Doing>();

  /** @throws ForgetError if an agent does something else than another time, knowing the same */
  look(machine: Machine, histories: Histories): void {
    for (let left = histories.forgetful; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      this.compare(histories.knownTo(agent), agent, doingOf(machine, agent));
    }
  }

  /** The agent has failed. */
  fail(histories: Histories, agent: number): void {
    if ((histories.forgetful & (1 << agent)) === 0) return;
    this.compare(histories.knownTo(agent), agent, failed);
  }

  private compare(known: number, agent: number, found: Doing): void {
    const before = this.met.get(known);
    if (before === undefined) this.met.set(known, found);
    else if (before !== found) throw new ForgetError(agent, before, found);
  }
}

/** What the agent is at. */
export function doingOf(machine: Machine, agent: number): Doing {
  if ((machine.alive & (1 << agent)) === 0) return 0;
  const { pendingKind, pendingObject, pendingArgument, pendingArgument2 } = machine;
  const operands = Math.imul(pendingArgument[agent]!, 0x9e3779b1) ^ pendingArgument2[agent]!;
  const what = pendingObject[agent]! * 128 + pendingKind[agent]!;
  return what * operandBits + ((operands ^ (operands >>> 15)) & (operandBits - 1));
}

/** "load x". */
export function doingText(subject: Subject, doing: Doing): string {
  if (doing === failed) return 'its failure';
  const what = Math.floor(doing / operandBits);
  return operationText(subject, { kind: what % 128, object: Math.floor(what / 128) });
}

/** An agent said that it had forgotten what it depends on. */
export class ForgetError extends NondeterminismError {
  override name = 'ForgetError';
  private readonly who: number;
  private readonly before: Doing;
  private readonly now: Doing;

  constructor(agent: number, before: Doing, now: Doing) {
    const none = { kind: 0, object: 0 };
    super(0, agent, none, none);
    this.who = agent;
    this.before = before;
    this.now = now;
  }

  override explained(subject: Subject, scenario: string): UserError {
    const [before, now] = [doingText(subject, this.before), doingText(subject, this.now)];
    const operands = before === now ? ' with another operand' : '';
    return new UserError(
      `scenario "${scenario}": agent ${subject.agentNames[this.who]!} has said \`forget\`, and ` +
        `comes to ${now}${operands} where it came to ${before} another time: give \`forget\` a ` +
        'number that says all it still depends on, or leave it out',
    );
  }
}
