/**
 * `npm run campaign -- NAME [PROGRAMS] [SEED]`: what `npm test` does with some hundred random
 * programs, with as many as one likes.
 */
import { boundedCampaign } from '../schedule/bounded-campaign.ts';
import { dividedClassCampaign } from '../schedule/class-campaign.ts';
import { dividedCampaign, dporCampaign } from '../schedule/dpor-campaign.ts';

const [name = '', programs = '10000', seed = '1'] = process.argv.slice(2);

function number(text: string, what: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  process.stderr.write(`${what} must be a whole number from 1 to 99999999, not "${text}"\n`);
  process.exit(2);
}

interface Part {
  readonly name: string;
  /** Throws with the smallest program that is explored wrongly; gives what to tell. */
  readonly run: () => string;
}

/** Each trace run once, none missed. */
function ofTraces(parts: ReturnType<typeof dporCampaign>): Part[] {
  return parts.map(({ name: part, run }) => ({
    name: part,
    run: () => {
      const { programs: compared, leftOut, traces, deadlocks, most } = run();
      return (
        `${compared} programs, ${traces} traces (at most ${most}), ${deadlocks} deadlocked; ` +
        `each run once, none missed; ${leftOut} left out as too large`
      );
    },
  }));
}

/** The executions of one thread. */
function ofBounds(by: 'preemptions' | 'delays', count: number, seed: number): Part[] {
  return boundedCampaign(by, count, seed).map(({ name: part, run }) => ({
    name: `${by}, ${part}`,
    run: () => {
      const { programs: compared, leftOut, pieces, bounds } = run();
      return (
        `${compared} programs, ${bounds} bounds in ${pieces} pieces: ` +
        `the executions of one thread; ${leftOut} left out as too large`
      );
    },
  }));
}

/** The executions of one thread, of dpor by a coarser equivalence. */
function ofClasses(by: 'observers' | 'reads-from', count: number, seed: number): Part[] {
  return dividedClassCampaign(by, count, seed).map(({ name: part, run }) => ({
    name: `${by}, ${part}`,
    run: () => {
      const { programs: compared, leftOut, executions, pieces, loads } = run();
      return (
        `${compared} programs, ${executions} executions in ${pieces} pieces, saved ${loads} ` +
        `times: the executions of one thread; ${leftOut} left out as too large`
      );
    },
  }));
}

const campaigns = {
  dpor: (count: number, seed: number) => ofTraces(dporCampaign(count, seed)),
  'dpor-divided': (count: number, seed: number) => ofTraces(dividedCampaign(count, seed)),
  'bounded-divided': (count: number, seed: number) => [
    ...ofBounds('preemptions', Math.ceil(count / 2), seed),
    ...ofBounds('delays', Math.ceil(count / 2), seed),
  ],
  'classes-divided': (count: number, seed: number) => [
    ...ofClasses('observers', Math.ceil(count / 2), seed),
    ...ofClasses('reads-from', Math.ceil(count / 2), seed),
  ],
};

function isCampaign(text: string): text is keyof typeof campaigns {
  return Object.hasOwn(campaigns, text);
}

if (!isCampaign(name)) {
  const names = Object.keys(campaigns).join(', ');
  process.stderr.write(`no campaign is named "${name}": there are ${names}\n`);
  process.exit(2);
}
const count = number(programs, 'the number of programs');
const from = number(seed, 'the seed');
process.stdout.write(`campaign ${name}: ${count} programs, seed ${from}\n`);
for (const { name: part, run } of campaigns[name](count, from)) {
  process.stdout.write(`${part}: ${run()}\n`);
}
