import type { AgentFunction } from '../src/program/index.ts';
import type { Kernel } from '../src/kernel/kernel.ts';
import { ksmScanThread } from '../src/kernel/ksm.ts';

/** The thread ksmd: scans once. */
export function ksmd(): AgentFunction<Kernel> {
  return function* (kernel) {
    yield* ksmScanThread(kernel);
  };
}
