import { accessAt, resultBits, rmwNames, type Halves } from '../program/bytes.ts';
import { Kind } from '../program/kinds.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';

const names: Readonly<Record<number, string>> = {
  [Kind.bytesRead]: 'read',
  [Kind.bytesWrite]: 'write',
  [Kind.bytesLoad]: 'load',
  [Kind.bytesStore]: 'store',
  [Kind.bytesCompareExchange]: 'compareExchange',
};

/** Whether an event's argument is the number of an access to bytes. */
export function isAccess(kind: number): boolean {
  return kind >= Kind.rmw && kind <= Kind.bytesCompareExchange;
}

/** What an access to bytes of a shared buffer was: "add lock[0] 1 = 0", the value before last. */
export function accessText(record: FindingRecord, event: number): string {
  const { log } = record.details;
  const kind = log.kind(event);
  const access = accessAt(log.argument(event));
  const { rmw, offset, width, whole } = access;
  const object = log.object(event);
  const name = record.subject.name(whole ? object : object + offset);
  const verb = names[kind] ?? rmwNames[rmw]!;
  const given = valueText(access);
  if (kind === Kind.bytesWrite || kind === Kind.bytesStore) return `${verb} ${name} := ${given}`;
  const seen = valueText(resultBits(width, log.result(event)), width);
  if (kind === Kind.bytesRead || kind === Kind.bytesLoad) return `${verb} ${name} = ${seen}`;
  return `${verb} ${name} ${given} = ${seen}`;
}

/** Bits as a number, signed. */
function valueText({ low, high }: Halves, width = 8): string {
  if (width < 8 || high === low >> 31) return String(low);
  return String((BigInt(high) << 32n) | BigInt(low >>> 0));
}
