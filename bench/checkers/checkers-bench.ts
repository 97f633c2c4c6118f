import { Analysis, checkNames, type CheckName } from '../../src/check/analysis/analysis.ts';
import { usedMemory } from './checkers-memory.ts';
import { TraceWorkload, type WorkloadShape } from './trace-workload.ts';

const shapes: readonly WorkloadShape[] = [
  { name: 'accesses', agents: 8, locks: 10_000, events: 1_000_000, accesses: 100 },
  { name: 'accesses', agents: 64, locks: 10_000, events: 1_000_000, accesses: 100 },
  { name: 'locks', agents: 8, locks: 10_000, events: 1_000_000, accesses: 4 },
  { name: 'locks', agents: 64, locks: 10_000, events: 1_000_000, accesses: 4 },
];

/** In which predictions suspect something from the beginning, and so make all that they can. */
const suspected: readonly WorkloadShape[] = shapes
  .filter(({ agents }) => agents === 8)
  .map((shape) => ({ ...shape, suspected: true }));

const rounds = 3;

/** Of the accesses that FastTrack's authors met (PLDI 2009, figure 2, edition of 2010). */
const fastTrackShares = { reads: '63.4 %', writes: '71.0 %' };

/**
 * Events a second of CPU time, of each checker alone and of all together, the best of some rounds;
 * then the memory that traces of several lengths take, each in a process of its own.
 */
export function checkersBench(): void {
  process.stdout.write('million events a second of CPU time (and of wall time)\n');
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
  process.stdout.write('with a word from the beginning on that predictions have to look into\n');
  for (const shape of suspected) {
    process.stdout.write(`${shape.name}: as above, ${shape.agents} agents\n`);
    measure(new TraceWorkload(shape), [...checkNames]);
  }
  const { reads, writes } = fastTrackShares;
  process.stdout.write(`same epoch, published for FastTrack: reads ${reads}, writes ${writes}\n`);
  process.stdout.write('memory, all checkers, events made up on the way: in use (resident)\n');
  for (const shape of [...shapes, ...suspected]) {
    // One shape shows longer traces, too.
    const lengths = shape === shapes[2] ? [1, 4, 16] : [1, 4];
    const sizes = lengths.map((millions) => {
      const { live, resident, windows } = usedMemory({ ...shape, events: millions * 1_000_000 });
      const parts = windows === 1 ? 'one window' : `${windows} windows`;
      return `${millions} * 10^6 events: ${mebibytes(live)} (${mebibytes(resident)}) MiB, ${parts}`;
    });
    const name = `${shape.name}${shape.suspected === true ? ', suspected' : ''}`;
    process.stdout.write(`  ${name}, ${shape.agents} agents: ${sizes.join('; ')}\n`);
  }
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

function measure(workload: TraceWorkload, checks: readonly CheckName[]): void {
  let best = Infinity;
  let bestWall = Infinity;
  let extra = '';
  for (let round = 0; round < rounds; round++) {
    const analysis = new Analysis('workload', workload.names(), { checks, statistics: false });
    if (round === 0) workload.feed({ event: () => undefined });
    const start = process.hrtime.bigint();
    const cpu = process.cpuUsage();
    workload.feed(analysis);
    const findings = analysis.end();
    const { user, system } = process.cpuUsage(cpu);
    best = Math.min(best, (user + system) / 1e6);
    bestWall = Math.min(bestWall, Number(process.hrtime.bigint() - start) / 1e9);
    if (findings.length > 0) throw new Error(`a finding in a clean trace: ${checks.join()}`);
    const counts = analysis.races?.counts;
    if (counts === undefined) continue;
    const share = (part: number, of: number): string => `${((100 * part) / of).toFixed(1)} %`;
    extra =
      `  same epoch: reads ${share(counts.sameEpochReads, counts.reads)}, ` +
      `writes ${share(counts.sameEpochWrites, counts.writes)}`;
  }
  const name = checks.length === 0 ? 'no checker' : checks.length > 1 ? 'all' : checks[0]!;
  const rate = (seconds: number): string => (workload.shape.events / seconds / 1e6).toFixed(2);
  process.stdout.write(
    `  ${name.padEnd(12)}${rate(best).padStart(7)} (${rate(bestWall)})${extra}\n`,
  );
}
