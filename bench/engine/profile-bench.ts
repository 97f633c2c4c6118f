import { Session, type Profiler } from 'node:inspector/promises';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { counter, locks, type BenchProgram } from './programs.ts';

const executionsOf: readonly [BenchProgram, number][] = [
  [counter, 2_000_000],
  [locks, 300_000],
];

/** Where the samples of a function belong. */
function roomOf(url: string): string {
  const match = /\/(src\/\w+|bench)\//.exec(url);
  if (match !== null) return match[1] === 'bench' ? "the agents' own code" : match[1]!;
  return url === '' ? 'V8: generators, built-ins, garbage collection' : 'other';
}

async function profile(program: BenchProgram, executions: number, options: object): Promise<void> {
  const { scenario, variant, form } = program;
  const coroutines = new Coroutines(instantiate(scenario, { variant, form }), options);
  const strategy = new RandomWalk({ seed: 1 });
  let done = 0;
  const run = (max: number): void => {
    done = 0;
    coroutines.runAll(strategy, 0, () => ++done >= max);
  };
  run(executions / 10);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  run(executions);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  print(profile);
}

function print({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): void {
  const rooms = new Map<string, number>();
  const roomById = new Map(nodes.map((node) => [node.id, roomOf(node.callFrame.url)]));
  let all = 0;
  for (const [at, id] of samples.entries()) {
    const room = roomById.get(id)!;
    rooms.set(room, (rooms.get(room) ?? 0) + timeDeltas[at]!);
    all += timeDeltas[at]!;
  }
  for (const [room, time] of [...rooms].sort((one, other) => other[1] - one[1])) {
    const share = (time / all) * 100;
    if (share >= 1) process.stdout.write(`  ${share.toFixed(0).padStart(3)} %  ${room}\n`);
  }
}

/** Where the time of exploration goes, by room, from V8's own profiler. */
export async function profileBench(): Promise<void> {
  for (const [program, executions] of executionsOf) {
    for (const [name, options] of [
      ['checks off', { checks: false }],
      ['checks on', {}],
      ['each trace again', { checkAgain: true }],
    ] as const) {
      process.stdout.write(`\nwhere the time goes: ${program.name}, random, ${name}\n`);
      await profile(program, executions, options);
    }
  }
}
