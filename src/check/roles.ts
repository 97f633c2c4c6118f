import { Kind, kindCount } from '../program/kinds.ts';
import { Access, operationTable } from '../program/operation-table.ts';

/** What an event means to the checkers, by kind. */
export const Role = {
  none: 0,
  read: 1,
  write: 2,
  atomic: 3,
  lock: 4,
  annotation: 5,
  memory: 6,
  wait: 7,
  exit: 8,
  stall: 9,
  section: 10,
  bytes: 11,
  futex: 12,
  port: 13,
  spawn: 14,
} as const;

export const roleOf: Uint8Array = roles();
/** Whether an operation of this kind takes a lock only if it is free. */
export function isTry(kind: number): boolean {
  return (
    kind === Kind.tryAcquire ||
    kind === Kind.readTryAcquire ||
    kind === Kind.writeTryAcquire ||
    kind === Kind.refTryAcquire
  );
}

function roles(): Uint8Array {
  const roles = new Uint8Array(kindCount);
  roles[Kind.read] = Role.read;
  roles[Kind.write] = Role.write;
  for (let kind = Kind.load as number; kind <= Kind.waitUntil; kind++) roles[kind] = Role.atomic;
  for (let kind = Kind.acquire as number; kind <= Kind.drain; kind++) roles[kind] = Role.lock;
  for (let kind = Kind.retire as number; kind <= Kind.initLock; kind++) roles[kind] = Role.memory;
  for (let kind = Kind.assertHeld as number; kind <= Kind.assertNotHeld; kind++)
    roles[kind] = Role.annotation;
  for (let kind = Kind.enterSection as number; kind <= Kind.assertNoneHeld; kind++)
    roles[kind] = Role.section;
  for (let kind = Kind.rmw as number; kind <= Kind.bytesCompareExchange; kind++)
    roles[kind] = Role.bytes;
  for (let kind = Kind.futexWait as number; kind <= Kind.futexEnqueue; kind++)
    roles[kind] = Role.futex;
  roles[Kind.send] = Role.port;
  roles[Kind.receive] = Role.port;
  for (let kind = Kind.spawn as number; kind <= Kind.join; kind++) roles[kind] = Role.spawn;
  roles[Kind.wait] = Role.wait;
  roles[Kind.exit] = Role.exit;
  roles[Kind.stall] = Role.stall;
  if (operationTable[Kind.load]!.access !== Access.read)
    throw new Error('[internal] kinds are out of order');
  return roles;
}
