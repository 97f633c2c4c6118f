/**
 * The operation table: for each kind of operation when it is enabled, what it does, what it
 * conflicts with, and what it orders. Executors, strategies and checkers all read this one place.
 *
 * Effects are those of the one-step locks of exploration: an operation is indivisible. The locks of
 * free threads are algorithms over the same words (`execute/free/`), and behave as these do.
 */
import { kindCount, Kind } from './kinds.ts';
import { changesNothing } from './bytes.ts';
import { byteOperations } from './operations/bytes.ts';
import { futexOperations } from './operations/futex.ts';
import { mutexOperations } from './operations/mutex.ts';
import { otherOperations } from './operations/other.ts';
import { portOperations } from './operations/port.ts';
import {
  Access,
  Failure,
  row,
  type Effect,
  type Enabled,
  type OperationKind,
} from './operations/row.ts';
import { rwOperations } from './operations/rw.ts';
import { spawnOperations } from './operations/spawn.ts';
import { waitOperations } from './operations/wait.ts';
import { wordOperations } from './operations/word.ts';

const byKind: Readonly<Record<number, OperationKind>> = {
  ...wordOperations,
  ...mutexOperations,
  ...rwOperations,
  ...waitOperations,
  ...spawnOperations,
  ...otherOperations,
  ...byteOperations,
  ...futexOperations,
  ...portOperations,
};

const none = row('none', { visible: false });

const rows = Array.from({ length: kindCount }, (_, kind) => byKind[kind] ?? none);

/** The rows by kind. */
export const operationTable: readonly OperationKind[] = rows;

/** The kind with this name in a file, or `Kind.none`. */
export function kindNamed(name: string): number {
  return Math.max(
    rows.findIndex((candidate) => candidate.name === name),
    Kind.none,
  );
}

/** Columns of the table as flat arrays, for the hot path. */
export const accessOf: Int32Array = Int32Array.from(rows, (one) => one.access);
export const failureOf: Int32Array = Int32Array.from(rows, (one) => one.failure);
export const visibleOf: Uint8Array = Uint8Array.from(rows, (one) => (one.visible ? 1 : 0));
export const truthOf: Uint8Array = Uint8Array.from(rows, (one) => (one.truth ? 1 : 0));
export const followUpOf: Int32Array = Int32Array.from(rows, (one) => one.followUp);
export const enabledOf: readonly (Enabled | undefined)[] = rows.map((one) => one.enabled);
export const effectOf: readonly Effect[] = rows.map((one) => one.effect);

const accessDoneOf = Int32Array.from(rows, (one) => one.accessDone);
const accessFailedOf = Int32Array.from(rows, (one) => one.accessFailed);

/** What an operation of this kind and result did to its object. */
export function accessAfter(kind: number, result: number, argument: number): number {
  return failed(kind, result, argument) ? accessFailedOf[kind]! : accessDoneOf[kind]!;
}

/** Whether an operation of this kind and result failed: it changed nothing and took nothing. */
export function failed(kind: number, result: number, argument: number): boolean {
  const rule = failureOf[kind]!;
  if (rule === Failure.never) return false;
  if (rule === Failure.bytesDiffer) return changesNothing(argument, result);
  return rule === Failure.resultZero ? result === 0 : result !== argument;
}

/**
 * Whether two accesses to the same object commute. Anything that touches nothing commutes with all.
 */
export function accessesCommute(one: number, other: number): boolean {
  if (one === Access.none || other === Access.none) return true;
  if (one === Access.write || other === Access.write) return false;
  return one === other || one === Access.watch || other === Access.watch;
}

export { Access, Failure, Hold, notGranted, Order, type OperationKind } from './operations/row.ts';
