import { parseArgs } from 'node:util';
import { UserError } from '../../src/program/errors.ts';
import { nearest } from '../../src/program/nearest.ts';

/** What `npm run soak` is told. */
export interface SoakOptions {
  /** Seconds for all variants and locks together. */
  readonly seconds: number;
  /** Variants of `hotplug-load`. */
  readonly variants: readonly string[];
  /** Locks for `torture`. */
  readonly locks: readonly string[];
}

const secondsDefault = 600;
const secondsMax = 86_400;

/**
 * Reads `--seconds N`, and `--variant NAME` and `--lock NAME`, which may be given again.
 *
 * @param known - the variants that there are
 * @param knownLocks - the locks that there are; without variants and locks all are taken
 * @throws UserError for anything else
 */
export function soakOptions(
  args: readonly string[],
  known: readonly string[],
  knownLocks: readonly string[],
): SoakOptions {
  const { seconds: text, variant, lock } = parsed(args);
  const seconds = Number(text ?? secondsDefault);
  if (text?.trim() === '' || !(seconds > 0 && seconds <= secondsMax)) {
    throw new UserError(
      `\`--seconds\` is a number of seconds, above 0 and up to ${secondsMax}, not "${text}"`,
    );
  }
  for (const name of variant ?? []) requireKnown('hotplug-load has no variant', name, known);
  for (const name of lock ?? []) requireKnown('torture has no sound lock', name, knownLocks);
  if (variant === undefined && lock === undefined) {
    return { seconds, variants: known, locks: knownLocks };
  }
  return { seconds, variants: variant ?? [], locks: lock ?? [] };
}

function requireKnown(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new UserError(`${what} "${name}": ${nearest(name, known)}it has ${known.join(', ')}`);
}

function parsed(args: readonly string[]): {
  seconds?: string;
  variant?: string[];
  lock?: string[];
} {
  try {
    const options = {
      seconds: { type: 'string' },
      variant: { type: 'string', multiple: true },
      lock: { type: 'string', multiple: true },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const said = (error as Error).message.split('. ')[0]!;
    throw new UserError(`${said}: there are \`--seconds N\`, \`--variant NAME\`, \`--lock NAME\``, {
      cause: error,
    });
  }
}
