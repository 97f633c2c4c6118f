import { AgentTable } from '../../locks/index.ts';
import { agentsMax } from './parameters.ts';
import type { TortureType } from './types.ts';

const lineBytes = 64;

function stride(type: TortureType): number {
  return Math.ceil(type.bytes(agentsMax) / lineBytes) * lineBytes;
}

/** Byte offset of the lock (0), or of a nested one (from 1 on), behind the agent table. */
export function lockOffset(type: TortureType, at: number): number {
  return AgentTable.bytes(agentsMax) + at * stride(type);
}

/** Memory of an agent table and of the locks, all free. */
export function makeLocks(type: TortureType, nested: number): SharedArrayBuffer {
  return new SharedArrayBuffer(lockOffset(type, nested + 1));
}
