import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { WorkloadShape } from './trace-workload.ts';

/** What the memory of a process came to, in bytes, and in how many windows predictions looked. */
export interface UsedMemory {
  /** What was in use where it was most, after the collector had been there. */
  readonly live: number;
  /** What was resident before that, where it was most, with Node itself. */
  readonly resident: number;
  readonly windows: number;
}

/** Analyses a workload in a process of its own. */
export function usedMemory(shape: WorkloadShape): UsedMemory {
  const entry = fileURLToPath(new URL('./memory-entry.ts', import.meta.url));
  const args = ['--expose-gc', '--import', 'tsx', entry, JSON.stringify(shape)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as UsedMemory;
}
