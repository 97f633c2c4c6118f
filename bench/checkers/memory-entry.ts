import { Analysis, checkNames } from '../../src/check/analysis/analysis.ts';
import type { TraceEvent } from '../../src/trace/format/trace-event.ts';
import { TraceWorkload, type WorkloadShape } from './trace-workload.ts';

/** After so many events what is live is looked at. */
const sampleEvents = 500_000;

const workload = new TraceWorkload(JSON.parse(process.argv[2]!) as WorkloadShape);
const options = { checks: checkNames, statistics: false };
const analysis = new Analysis('workload', workload.names(), options);
let live = 0;
let resident = 0;

function sample(): void {
  if (globalThis.gc === undefined) throw new Error('start node with --expose-gc');
  resident = Math.max(resident, process.memoryUsage.rss());
  // What the first one frees outside of the heap is gone at the second.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  live = Math.max(live, heapUsed + arrayBuffers);
}

let events = 0;
workload.stream({
  event(event: TraceEvent): void {
    analysis.event(event);
    if (++events % sampleEvents === 0) sample();
  },
});
analysis.end();
sample();
const { predictionWindows = 1 } = analysis.predictor!.statistics();
process.stdout.write(JSON.stringify({ live, resident, windows: predictionWindows }));
