import { checkForm } from '../../src/execute/atomics/check-scenario.ts';
import { CheckSession } from '../../src/execute/atomics/check-session.ts';
import { exploreAnew } from '../../src/schedule/explore-anew.ts';
import { strategyNamed, unbounded } from '../../src/schedule/strategies/registry.ts';
import { Baton } from './baton.ts';

/** Each rate is the best of so many runs, each of which comes after one of the baton. */
const runs = 5;
const secondsEach = 0.6;
const threadCounts = [2, 3, 5];

/** What one way of exploring came to. */
interface Rate {
  readonly executions: number;
  readonly steps: number;
  /** Times that the explorer asked a thread and was answered: two hand-overs each. */
  readonly asked: number;
  /** Hand-overs between threads that followed known executions by themselves. */
  readonly handOvers: number;
  readonly seconds: number;
  /** Of this process, all its threads together: what a machine that is busy elsewhere leaves. */
  readonly cpuSeconds: number;
}

/**
 * Controlled executions a second of a program of 8 steps or so on 2, 3 and 5 worker threads, beside
 * a baton of bare `Atomics.wait` and `notify` between two threads, in turns with it.
 *
 * With `--no-plain` the threads carry out each step of each execution: what is new is asked of
 * them, what is known they follow by themselves. The baton's rate over the hand-overs that an
 * execution takes bounds that, unless threads find each other awake. With plain accesses seen,
 * threads move only for what they have not been answered before: that is the rate of the explorer.
 */
export async function controlledBench(): Promise<void> {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const baton = new Baton();
  try {
    await baton.measure(200);
    for (const count of threadCounts) {
      for (const strategy of ['random', 'pct']) {
        say(await carriedOut(count, strategy, baton));
        say(await remembered(count, strategy));
      }
    }
  } finally {
    await baton.close();
  }
}

/** The rate of threads that carry out each step, beside the baton. */
async function carriedOut(count: number, strategy: string, baton: Baton): Promise<string> {
  return await opened(count, false, async (session) => {
    let best: Rate | undefined;
    let hands = 0;
    await explored(session, strategy);
    for (let run = 0; run < runs; run++) {
      hands = Math.max(hands, await baton.measure(secondsEach * 500));
      const rate = await explored(session, strategy);
      if (best === undefined || perSecond(rate) > perSecond(best)) best = rate;
    }
    const { executions, asked, handOvers, steps } = best!;
    const each = (handOvers + 2 * asked) / executions;
    return (
      `${count} threads, ${strategy}, each step carried out by its thread: ` +
      `${rounded(perSecond(best!))} executions a second (${perCpuSecond(best!)} a second of CPU) ` +
      `of ${(steps / executions).toFixed(1)} steps and ${each.toFixed(1)} hand-overs ` +
      `(${((asked * 2) / executions).toFixed(1)} of them with the explorer); ` +
      `the bare baton's ${rounded(hands)} hand-overs a second would be ${rounded(hands / each)}`
    );
  });
}

/** The rate where threads move only for what is new. */
async function remembered(count: number, strategy: string): Promise<string> {
  return await opened(count, true, async (session) => {
    await explored(session, strategy);
    const rate = await explored(session, strategy);
    return (
      `${count} threads, ${strategy}, threads asked for what is new: ` +
      `${rounded(perSecond(rate))} executions a second (${perCpuSecond(rate)} a second of CPU), ` +
      `${((rate.asked * 2) / rate.executions).toFixed(3)} hand-overs each`
    );
  });
}

async function opened(
  count: number,
  plain: boolean,
  body: (session: CheckSession) => Promise<string>,
): Promise<string> {
  const url = new URL(`./eight-steps.js?threads=${count}`, import.meta.url);
  const session = await CheckSession.open(url, { plain });
  try {
    return await body(session);
  } finally {
    await session.close();
  }
}

async function explored(session: CheckSession, strategy: string): Promise<Rate> {
  const { script, drivers, scenario } = session;
  const asked = (): number => drivers.reduce((sum, { turns }) => sum + turns, 0);
  const before = { asked: asked(), handOvers: script.handOvers, cpu: process.cpuUsage() };
  const began = performance.now();
  const options = { seed: 1, depth: 3, preemptions: unbounded };
  const { counts } = await exploreAnew(
    scenario,
    { variant: Object.keys(scenario.variants)[0]!, form: checkForm },
    { seed: 1, seconds: secondsEach, strategy: () => strategyNamed(strategy, options) },
  );
  script.settle();
  const { user, system } = process.cpuUsage(before.cpu);
  return {
    executions: counts.executions,
    steps: counts.steps,
    asked: asked() - before.asked,
    handOvers: script.handOvers - before.handOvers,
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: (user + system) / 1e6,
  };
}

function perSecond({ executions, seconds }: Rate): number {
  return executions / seconds;
}

function perCpuSecond({ executions, cpuSeconds }: Rate): string {
  return rounded(executions / cpuSeconds);
}

function rounded(rate: number): string {
  return Math.round(rate).toLocaleString('en');
}
