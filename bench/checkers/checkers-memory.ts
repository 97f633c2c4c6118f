import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { WorkloadShape } from './trace-workload.ts';

/** What the largest part of memory was, and in how many windows predictions looked. */
export interface PeakMemory {
  /** MiB, resident. */
  readonly peak: number;
  readonly windows: number;
}

/** Analyses a workload in a process of its own. */
export function peakMemory(shape: WorkloadShape): PeakMemory {
  const entry = fileURLToPath(new URL('./memory-entry.ts', import.meta.url));
  const args = ['--import', 'tsx', entry, JSON.stringify(shape)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as PeakMemory;
}
