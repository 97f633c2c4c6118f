import { Kind } from '../kinds.ts';
import { PortAt, portMessagesMax } from '../layout.ts';
import { Access, Failure, Order, row, type OperationKind } from './row.ts';

/** Message ports: `postMessage` to one, `receiveMessageOnPort` from it; messages are numbers. */
export const portOperations: Readonly<Record<number, OperationKind>> = {
  [Kind.send]: row('postMessage', {
    effect: (m, _a, o, message) => {
      const count = m[o + PortAt.count]!;
      if (count === portMessagesMax) return 0;
      const at = (m[o + PortAt.head]! + count) % portMessagesMax;
      m[o + PortAt.first + at] = message;
      m[o + PortAt.count] = count + 1;
      return 1;
    },
    releases: Order.joinWriters,
    failure: Failure.resultZero,
    accessFailed: Access.read,
  }),
  [Kind.receive]: row('receiveMessageOnPort', {
    effect: (m, _a, o) => {
      const count = m[o + PortAt.count]!;
      if (count === 0) return 0;
      const head = m[o + PortAt.head]!;
      m[o + PortAt.head] = (head + 1) % portMessagesMax;
      m[o + PortAt.count] = count - 1;
      return m[o + PortAt.first + head]!;
    },
    acquires: Order.writers,
  }),
};
