import { instantiate } from '../../src/execute/program.ts';
import { loadScenario } from '../../src/execute/load-scenario.ts';
import { runFree } from '../../src/execute/threads/free-run.ts';

const loadUrl = new URL('../../scenarios/hotplug-load.ts', import.meta.url).href;
const secondsEach = 3;
const turns = 2;
const ways = ['nothing', 'logs', 'all'] as const;
type Way = (typeof ways)[number];

const names: Readonly<Record<Way, string>> = {
  nothing: 'the locks alone',
  logs: 'numbered and logged',
  all: 'logged and checked',
};

/** Operations of one turn, and the CPU time of all threads, in seconds. */
interface Cost {
  operations: number;
  cpuSeconds: number;
  wallSeconds: number;
}

/**
 * The kernel load scenario on free threads: operations a second of CPU time and of the clock with
 * nothing looked at, with operations numbered and logged, and with all checks; in turns, so that
 * what else the machine does meets all three. The slow-down is the ratio to the first.
 */
export async function freeBench(variant = 'v6.1'): Promise<void> {
  const scenario = await loadScenario(loadUrl);
  const form = variant in scenario.forms ? variant : Object.keys(scenario.forms)[0]!;
  const costs = new Map(ways.map((way) => [way, none()]));
  for (let turn = 0; turn < turns; turn++) {
    for (const way of ways) {
      const cost = costs.get(way)!;
      const marks: Cost[] = [];
      await runFree(instantiate(scenario, { variant, form }), {
        scenario: loadUrl,
        seconds: secondsEach,
        seed: 0,
        watched: way,
        onFindings: () => undefined,
        // From the first mark to the last one: without the start of the threads and their end.
        onProgress: ({ steps, elapsedMs }) => {
          const { user, system } = process.cpuUsage();
          const cpuSeconds = (user + system) / 1e6;
          marks.push({ operations: steps, cpuSeconds, wallSeconds: elapsedMs / 1000 });
        },
      });
      const [first = none(), last = none()] = [marks[0], marks.at(-1)];
      cost.operations += last.operations - first.operations;
      cost.cpuSeconds += last.cpuSeconds - first.cpuSeconds;
      cost.wallSeconds += last.wallSeconds - first.wallSeconds;
    }
  }
  const base = costs.get('nothing')!;
  for (const way of ways) {
    const { operations, cpuSeconds, wallSeconds } = costs.get(way)!;
    const byClock = base.operations / base.wallSeconds / (operations / wallSeconds);
    const byCpu = base.operations / base.cpuSeconds / (operations / cpuSeconds);
    process.stdout.write(
      `hotplug-load ${variant}, ${names[way]}: ` +
        `${Math.round(operations / wallSeconds).toLocaleString('en-US')} operations a second, ` +
        `${byClock.toFixed(2)} times slower (${byCpu.toFixed(2)} by CPU time)\n`,
    );
  }
}

function none(): Cost {
  return { operations: 0, cpuSeconds: 0, wallSeconds: 0 };
}
