import { accessAt, accessNumber, leavesValue } from '../../program/bytes.ts';
import { Kind } from '../../program/kinds.ts';
import { failed } from '../../program/operation-table.ts';
import { FutexResult } from '../../program/operations/futex.ts';
import type { Cells } from './cells.ts';
import { timedOut, type Look, type Moment } from './moments.ts';

/** The look that an operation was; null: it neither looked nor changed; undefined: it changed. */
export function lookOf(cells: Cells, at: Moment, result: number): Look | undefined | null {
  const { kind, object, argument } = at;
  const word = (value: number, equal = true): Look => {
    return { kind: Kind.load, object, argument: 0, value, equal };
  };
  switch (kind) {
    case Kind.pause:
      return null;
    case Kind.read:
    case Kind.load:
    case Kind.bytesRead:
    case Kind.bytesLoad:
      return { kind, object, argument, value: result, equal: true };
    case Kind.compareExchange:
      return failed(kind, result, argument) ? word(result) : undefined;
    case Kind.bytesCompareExchange:
      return failed(kind, result, argument) ? partLook(at, result) : undefined;
    case Kind.rmw:
      return leaves(at, result);
    case Kind.futexNotify:
      return result === 0 ? null : undefined;
    case Kind.receive:
      return result === 0 ? word(0) : undefined;
    case Kind.futexEnqueue:
      return at.width === 8 ? undefined : waited(cells, at, result === FutexResult.ok);
    case Kind.futexTimedWake:
      // The end of a wait that was queued: whoever looked, looked there.
      return result === FutexResult.timedOut ? null : undefined;
    case Kind.futexWait:
    case Kind.futexTimedWait:
      if (result === FutexResult.ok || at.width === 8) return undefined;
      return waited(cells, at, timedOut(kind, result));
    default:
      return undefined;
  }
}

/** A wait found another value, or the one that it was for and its time was up. */
function waited(cells: Cells, at: Moment, equal: boolean): Look {
  const { object, argument: value } = at;
  const cell = cells.cellAt(object)!;
  if (!cell.parted) return { kind: Kind.load, object, argument: 0, value, equal };
  const argument = accessNumber(partRead(0, 4));
  return { kind: Kind.bytesLoad, object, argument, value, equal };
}

function partLook(at: Moment, value: number): Look {
  const { offset, width, whole } = accessAt(at.argument);
  if (whole) return { kind: Kind.load, object: at.object, argument: 0, value, equal: true };
  const argument = accessNumber(partRead(offset, width));
  return { kind: Kind.bytesLoad, object: at.object, argument, value, equal: true };
}

/** A read-modify-write that leaves what it finds, such as an exchange of a lock that is taken. */
function leaves(at: Moment, result: number): Look | undefined {
  return leavesValue(at.argument, result) ? partLook(at, result) : undefined;
}

function partRead(offset: number, width: number): Parameters<typeof accessNumber>[0] {
  return {
    rmw: 0,
    offset,
    width,
    low: 0,
    high: 0,
    expectedLow: 0,
    expectedHigh: 0,
    whole: false,
  };
}
