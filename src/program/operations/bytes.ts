import { compareExchangeBytes, modifyBytes, readBytes, writeBytes } from '../bytes.ts';
import { Kind } from '../kinds.ts';
import { Access, Failure, Order, row, type OperationKind } from './row.ts';

/** Accesses to bytes of shared buffers; what each is about stands in `bytes.ts`. */
export const byteOperations: Readonly<Record<number, OperationKind>> = {
  [Kind.rmw]: row('rmw', {
    effect: (m, _a, o, x) => modifyBytes(m, o, x),
    acquires: Order.writers,
    releases: Order.writers,
  }),
  [Kind.bytesRead]: row('readBytes', {
    access: Access.read,
    effect: (m, _a, o, x) => readBytes(m, o, x),
  }),
  [Kind.bytesWrite]: row('writeBytes', {
    effect: (m, _a, o, x) => (writeBytes(m, o, x), 0),
  }),
  [Kind.bytesLoad]: row('loadBytes', {
    access: Access.read,
    effect: (m, _a, o, x) => readBytes(m, o, x),
    acquires: Order.writers,
  }),
  [Kind.bytesStore]: row('storeBytes', {
    effect: (m, _a, o, x) => (writeBytes(m, o, x), 0),
    releases: Order.writers,
  }),
  [Kind.bytesCompareExchange]: row('compareExchangeBytes', {
    effect: (m, _a, o, x) => compareExchangeBytes(m, o, x),
    acquires: Order.writers,
    releases: Order.writers,
    failure: Failure.bytesDiffer,
    accessFailed: Access.read,
  }),
};
