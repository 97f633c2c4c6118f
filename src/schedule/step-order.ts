import { Kind } from '../program/kinds.ts';
import { Access, accessesCommute, operationTable } from '../program/operation-table.ts';
import type { Details } from '../execute/details.ts';

/** An operation in a log of events, as far as its order matters. */
export interface OrderedStep {
  readonly agent: number;
  readonly kind: number;
  readonly object: number;
  /** The last word that it touches; of most operations the object stands for all. */
  readonly last: number;
  /** Its event in the log. */
  readonly event: number;
}

/** The visible operations of a log, in order. */
export function stepsIn({ log }: Details, count: number): OrderedStep[] {
  const steps: OrderedStep[] = [];
  for (let event = 0; event < log.length && steps.length < count; event++) {
    const kind = log.kind(event);
    if (!operationTable[kind]!.visible) continue;
    const object = log.object(event);
    const last = kind === Kind.retire || kind === Kind.revive ? log.argument(event) : object;
    steps.push({ agent: log.agent(event), kind, object, last, event });
  }
  return steps;
}

/**
 * Whether two steps of different agents may not be swapped; as `Machine.dependent`, but of a retry
 * it is not known any more what its turn read, so that it keeps its place among all changes.
 */
export function dependent(one: OrderedStep, other: OrderedStep): boolean {
  const access = operationTable[one.kind]!.access;
  const otherAccess = operationTable[other.kind]!.access;
  if (one.kind === Kind.retry) return otherAccess >= Access.share;
  if (other.kind === Kind.retry) return access >= Access.share;
  if (one.object > other.last || other.object > one.last) return false;
  if (one.object !== one.last || other.object !== other.last) {
    return access !== Access.none && otherAccess !== Access.none;
  }
  return !accessesCommute(access, otherAccess);
}

/**
 * For each step: how many steps of each agent must precede it, because of steps that it does not
 * commute with.
 */
export function requirementsOf(steps: readonly OrderedStep[], agents: number): Int32Array[] {
  const positions: number[] = new Array<number>(agents).fill(0);
  const positionOf: number[] = [];
  return steps.map((step, at) => {
    const needs = new Int32Array(agents);
    for (let i = 0; i < at; i++) {
      const before = steps[i]!;
      if (before.agent === step.agent || !dependent(before, step)) continue;
      needs[before.agent] = positionOf[i]! + 1;
    }
    positionOf.push(positions[step.agent]!++);
    return needs;
  });
}
