import { torture } from '../../src/execute/torture/torture.ts';
import type { RoleStatistics } from '../../src/execute/torture/statistics.ts';
import { tortureTypes } from '../../src/execute/torture/types.ts';
import { memoryText } from './memory.ts';
import type { Say } from './soak-variant.ts';

const minuteSeconds = 60;

/** The locks that have nothing wrong, by their names in `heddle torture`. */
export const soundLocks: readonly string[] = tortureTypes
  .filter(({ wrong }) => wrong !== true)
  .map(({ name }) => name);

/**
 * Tortures a lock, with a line every minute and one at the end.
 *
 * @returns whether nothing was wrong
 */
export async function soakTorture(name: string, seconds: number, say: Say): Promise<boolean> {
  let minutes = 0;
  const { success, failures, statistics, elapsedMs } = await torture(
    { torture_type: name, shutdown_secs: seconds, stat_interval: minuteSeconds },
    {
      onStatistics: (roles, failed) => {
        minutes++;
        const what = `${turns(roles)}${failed ? ', failed' : ''}`;
        say(`  ${name}, minute ${minutes}: ${what}; ${memoryText()}`);
      },
    },
  );
  const time = `${(elapsedMs / 1000).toFixed(1)} s`;
  say(`${name}, torture: ${turns(statistics)} in ${time}; ${memoryText()}`);
  for (const failure of failures) say(`  unexpected: ${failure}`);
  return success;
}

function turns(roles: readonly RoleStatistics[]): string {
  return roles.map(({ role, total }) => `${total.toLocaleString('en-US')} by ${role}`).join(', ');
}
