/**
 * `npm run bench -- NAME`: benchmarks with the baselines that they are held against, measured in
 * the same run.
 */
import { checkersBench } from './checkers/checkers-bench.ts';
import { dporBench, dporNames } from './dpor/dpor-bench.ts';
import { statesBench, statesNames } from './dpor/reductions-bench.ts';
import { engineBench } from './engine/engine-bench.ts';
import { memoryBench } from './engine/memory-bench.ts';
import { profileBench } from './engine/profile-bench.ts';
import { randomBench } from './engine/random-bench.ts';
import { parallelBench } from './parallel/parallel-bench.ts';
import { locksBench } from './locks/locks-bench.ts';
import { bugPrograms, bugsBench } from './sctbench/bugs-bench.ts';
import { freeBench } from './threads/free-bench.ts';
import { controlledBench } from './threads/controlled-bench.ts';
import { wrongWord, type Words } from './words.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
  engine: async () => {
    engineBench();
    memoryBench();
    await profileBench();
  },
  random: async () => {
    await Promise.resolve(randomBench());
  },
  dpor: async () => {
    if (!dporBench(process.argv[3])) process.exitCode = 1;
    await Promise.resolve();
  },
  states: async () => {
    await Promise.resolve(statesBench(process.argv[3]));
  },
  parallel: async () => {
    if (!(await parallelBench())) process.exitCode = 1;
  },
  bugs: async () => {
    bugsBench(process.argv[3]);
    await Promise.resolve();
  },
  locks: async () => {
    if (!(await locksBench(process.argv.slice(3)))) process.exitCode = 1;
  },
  threads: async () => {
    if (process.argv[3] !== 'free') await controlledBench();
    if (process.argv[3] !== 'controlled') await freeBench();
  },
  checkers: async () => {
    await Promise.resolve(checkersBench());
  },
};

/** What can be picked from; `locks` reads its options itself. */
const words: Readonly<Record<string, Words>> = {
  dpor: { names: dporNames },
  states: { names: statesNames },
  bugs: { names: bugPrograms.map((program) => program.name) },
  threads: { names: ['controlled', 'free'], whole: true },
};

const name = process.argv[2] ?? '';
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
const wrong = name === 'locks' ? undefined : wrongWord(name, process.argv.slice(3), words[name]);
if (bench === undefined) {
  const names = Object.keys(benches).join(', ');
  process.stderr.write(`no benchmark is named "${name}": there are ${names}\n`);
  process.exitCode = 2;
} else if (wrong !== undefined) {
  process.stderr.write(`${wrong}\n`);
  process.exitCode = 2;
} else {
  process.stdout.write(`node ${process.version}, ${process.platform} ${process.arch}\n`);
  await bench();
}
