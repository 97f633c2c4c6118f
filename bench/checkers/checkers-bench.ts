import { Analysis, checkNames, type CheckName } from '../../src/check/analysis/analysis.ts';
import { TraceWorkload, type WorkloadShape } from './trace-workload.ts';

const shapes: readonly WorkloadShape[] = [
  { name: 'accesses', agents: 8, locks: 10_000, events: 1_000_000, accesses: 100 },
  { name: 'accesses', agents: 64, locks: 10_000, events: 1_000_000, accesses: 100 },
  { name: 'locks', agents: 8, locks: 10_000, events: 1_000_000, accesses: 4 },
  { name: 'locks', agents: 64, locks: 10_000, events: 1_000_000, accesses: 4 },
];

const rounds = 3;

/** Events a second of each checker alone and of all together, the best of some rounds. */
export function checkersBench(): void {
  for (const shape of shapes) {
    const workload = new TraceWorkload(shape);
    process.stdout.write(
      `${shape.name}: ${shape.events.toLocaleString('en-US')} events, ${shape.agents} agents, ` +
        `${shape.locks} locks, ${shape.accesses} accesses a section\n`,
    );
    for (const checks of [[], ...checkNames.map((name) => [name]), [...checkNames]]) {
      measure(workload, checks);
    }
  }
}

function measure(workload: TraceWorkload, checks: readonly CheckName[]): void {
  let best = Infinity;
  let extra = '';
  for (let round = 0; round < rounds; round++) {
    const analysis = new Analysis('workload', workload.names(), { checks, statistics: false });
    const start = process.hrtime.bigint();
    workload.feed(analysis);
    const findings = analysis.end();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e9);
    if (findings.length > 0) throw new Error(`a finding in a clean trace: ${checks.join()}`);
    const counts = analysis.races?.counts;
    if (counts === undefined) continue;
    const share = (part: number, of: number): string => `${((100 * part) / of).toFixed(1)} %`;
    extra =
      `  same epoch: reads ${share(counts.sameEpochReads, counts.reads)}, ` +
      `writes ${share(counts.sameEpochWrites, counts.writes)}`;
  }
  const name = checks.length === 0 ? 'no checker' : checks.length > 1 ? 'all' : checks[0]!;
  const rate = (workload.shape.events / best / 1e6).toFixed(2).padStart(7);
  process.stdout.write(`  ${name.padEnd(12)}${rate} million events/s${extra}\n`);
}
