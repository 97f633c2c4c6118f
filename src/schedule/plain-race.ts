import { accessAt } from '../program/bytes.ts';
import { Kind } from '../program/kinds.ts';
import { MomentState } from '../execute/atomics/moments.ts';
import type { ThreadStates } from '../execute/atomics/thread-states.ts';

const plain: readonly number[] = [Kind.read, Kind.write, Kind.bytesRead, Kind.bytesWrite];
const writes: readonly number[] = [Kind.write, Kind.bytesWrite];

/**
 * Whether two threads are at accesses that race: to the same bytes, one of them plain, and one of
 * them changing. If so, a text for that sort of race.
 */
export function plainRace(states: ThreadStates, one: number, other: number): string | undefined {
  const at = states.at[one]!;
  const otherAt = states.at[other]!;
  if (at.object !== otherAt.object) return undefined;
  if (at.state !== MomentState.operation || otherAt.state !== MomentState.operation)
    return undefined;
  const kind = states.kind[one]!;
  const otherKind = states.kind[other]!;
  if (!plain.includes(kind) && !plain.includes(otherKind)) return undefined;
  if (!states.canGo(one) || !states.canGo(other)) return undefined;
  const changes = writes.includes(kind) || states.wouldChange(one);
  const otherChanges = writes.includes(otherKind) || states.wouldChange(other);
  if (!changes && !otherChanges) return undefined;
  if (!overlap(kind, at.argument, otherKind, otherAt.argument)) return undefined;
  const where = `${partText(kind, at.argument)} and ${partText(otherKind, otherAt.argument)}`;
  const what = `${kind} ${changes} and ${otherKind} ${otherChanges} of ${where}`;
  return `race of ${one} and ${other} on ${at.object}: ${what}`;
}

/** Whether two accesses of one object have bytes in common. */
function overlap(kind: number, argument: number, otherKind: number, other: number): boolean {
  if (!isOfBytes(kind) || !isOfBytes(otherKind)) return true;
  const first = accessAt(argument);
  const second = accessAt(other);
  return first.offset < second.offset + second.width && second.offset < first.offset + first.width;
}

/** Which bytes of its object an access is about: races on others have other names. */
function partText(kind: number, argument: number): string {
  if (!isOfBytes(kind)) return 'all';
  const { offset, width } = accessAt(argument);
  return `${width} at ${offset}`;
}

function isOfBytes(kind: number): boolean {
  return (
    kind === Kind.rmw ||
    kind === Kind.bytesRead ||
    kind === Kind.bytesWrite ||
    kind === Kind.bytesLoad ||
    kind === Kind.bytesStore ||
    kind === Kind.bytesCompareExchange
  );
}
