import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { locks } from './programs.ts';

const executionsMax = 1_000_000;
const reports = 5;

/** Runs a million executions with all checks on and prints the memory after every fifth of them. */
export function memoryBench(): void {
  const { scenario, variant, form } = locks;
  const coroutines = new Coroutines(instantiate(scenario, { variant, form }));
  let executions = 0;
  process.stdout.write('\nmemory, locks with all checks on\n');
  coroutines.runAll(new RandomWalk({ seed: 1 }), 0, () => {
    executions++;
    if (executions % (executionsMax / reports) === 0) {
      const { heapUsed, rss } = process.memoryUsage();
      const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
      const run = executions.toLocaleString('en-US').padStart(11);
      process.stdout.write(`${run} executions: heap ${mib(heapUsed)}, resident ${mib(rss)}\n`);
    }
    return executions >= executionsMax;
  });
}
