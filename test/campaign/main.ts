/**
 * `npm run campaign -- NAME [PROGRAMS] [SEED]`: what `npm test` does with some hundred random
 * programs, with as many as one likes.
 */
import { dividedCampaign, dporCampaign } from '../schedule/dpor-campaign.ts';

const [name = '', programs = '10000', seed = '1'] = process.argv.slice(2);

function number(text: string, what: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  process.stderr.write(`${what} must be a whole number from 1 to 99999999, not "${text}"\n`);
  process.exit(2);
}

const campaigns = { dpor: dporCampaign, 'dpor-divided': dividedCampaign };

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
  const { programs: compared, leftOut, traces, deadlocks, most } = run();
  process.stdout.write(
    `${part}: ${compared} programs, ${traces} traces (at most ${most}), ${deadlocks} deadlocked; ` +
      `each run once, none missed; ${leftOut} left out as too large\n`,
  );
}
