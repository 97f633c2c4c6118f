import { parseArgs } from 'node:util';
import { UserError } from '../../src/program/errors.ts';
import { nearest } from '../../src/program/nearest.ts';

/** What `npm run soak` is told. */
export interface SoakOptions {
  /** Seconds for all variants together. */
  readonly seconds: number;
  /** Variants of `hotplug-load`. */
  readonly variants: readonly string[];
}

const secondsDefault = 600;
const secondsMax = 86_400;

/**
 * Reads `--seconds N` and `--variant NAME`, which may be given again.
 *
 * @param known - the variants that there are; all of them by default
 * @throws UserError for anything else
 */
export function soakOptions(args: readonly string[], known: readonly string[]): SoakOptions {
  const { seconds: text, variant } = parsed(args);
  const seconds = Number(text ?? secondsDefault);
  if (text?.trim() === '' || !(seconds > 0 && seconds <= secondsMax)) {
    throw new UserError(
      `\`--seconds\` is a number of seconds, above 0 and up to ${secondsMax}, not "${text}"`,
    );
  }
  for (const name of variant ?? []) {
    if (known.includes(name)) continue;
    throw new UserError(
      `hotplug-load has no variant "${name}": ${nearest(name, known)}it has ${known.join(', ')}`,
    );
  }
  return { seconds, variants: variant ?? known };
}

function parsed(args: readonly string[]): { seconds?: string; variant?: string[] } {
  try {
    const options = {
      seconds: { type: 'string' },
      variant: { type: 'string', multiple: true },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const said = (error as Error).message.split('. ')[0]!;
    throw new UserError(`${said}: there are \`--seconds N\` and \`--variant NAME\``, {
      cause: error,
    });
  }
}
