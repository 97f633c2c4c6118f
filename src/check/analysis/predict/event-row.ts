import { Mode, Op } from '../../../trace/format/operation.ts';

/** Numbers that are kept of an event, and where they stand in its row. */
export const Field = {
  op: 0,
  agent: 1,
  object: 2,
  mode: 3,
  line: 4,
  place: 5,
  start: 6,
  end: 7,
  access: 8,
  inside: 9,
  local: 10,
  held: 11,
  partner: 12,
  version: 13,
  lineBefore: 14,
} as const;
/** Numbers of a row. */
export const rowWidth = 15;

/** Operations that predictions look at. */
export const predictedOperations: Uint8Array = new Uint8Array(64);
for (const op of [
  Op.acquire,
  Op.release,
  Op.read,
  Op.write,
  Op.readModifyWrite,
  Op.waitOn,
  Op.fork,
  Op.join,
  Op.complete,
  Op.await,
  Op.conditionWait,
  Op.conditionNotify,
]) {
  predictedOperations[op] = 1;
}

/** Of these the accesses to words. */
export const accessOperations: Uint8Array = new Uint8Array(64);
for (const op of [Op.read, Op.write, Op.readModifyWrite, Op.waitOn]) accessOperations[op] = 1;

/** Of these what waits for others, or may end the wait of another. */
export const waitOperations: Uint8Array = new Uint8Array(64);
for (const op of [
  Op.acquire,
  Op.join,
  Op.await,
  Op.conditionWait,
  Op.complete,
  Op.conditionNotify,
]) {
  waitOperations[op] = 1;
}

/** Whether two acquisitions of a lock keep each other out. */
export function conflicting(one: number, other: number): boolean {
  return one === Mode.write || other === Mode.write;
}
