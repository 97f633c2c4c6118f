import { UserError, type Parameters } from '../program/index.ts';

/** What the kernel is and how it is used: a variant's parameters, checked, with defaults. */
export interface Configuration {
  /** Default v6.1. */
  readonly release: string;
  /** Ids of commits left out of the release, separated by commas; default none. */
  readonly without: string;
  /**
   * Who adds memory: a `driver` calls add_memory(), `acpi` comes in by acpi_device_hotplug().
   * Default driver.
   */
  readonly addPath: 'driver' | 'acpi';
  /** The policy auto_online_blocks; default off. Releases before v4.6 have none. */
  readonly autoOnline: boolean;
  /** The attribute that udev's rule brings a new block online by: `state` (default) or `online`. */
  readonly udevAttribute: 'state' | 'online';
  /**
   * Memory blocks from memory32 up that were added, and left offline, before the execution begins;
   * default 1.
   */
  readonly blocksPresent: number;
  /** Memory blocks that there is room for, present ones included, 1 to 16; default 2. */
  readonly blocksMax: number;
}

/** @throws UserError for a parameter of a wrong type or value */
export function makeConfiguration(parameters: Parameters): Configuration {
  const blocksMax = integer(parameters, 'blocksMax', 2, 1, 16);
  return {
    release: text(parameters, 'release', 'v6.1'),
    without: text(parameters, 'without', ''),
    addPath: word(parameters, 'addPath', ['driver', 'acpi']),
    autoOnline: flag(parameters, 'autoOnline'),
    udevAttribute: word(parameters, 'udevAttribute', ['state', 'online']),
    blocksPresent: integer(parameters, 'blocksPresent', 1, 0, blocksMax),
    blocksMax,
  };
}

function text(parameters: Parameters, name: string, otherwise: string): string {
  const given = parameters[name] ?? otherwise;
  if (typeof given !== 'string') throw new UserError(`\`${name}\` is a text, not ${given}`);
  return given;
}

function word<T extends string>(parameters: Parameters, name: string, known: readonly T[]): T {
  const given = parameters[name] ?? known[0];
  const found = known.find((one) => one === given);
  if (found === undefined) {
    throw new UserError(`\`${name}\` is one of ${known.join(', ')}, not "${given}"`);
  }
  return found;
}

function flag(parameters: Parameters, name: string): boolean {
  const given = parameters[name] ?? false;
  if (typeof given !== 'boolean') throw new UserError(`\`${name}\` is true or false, not ${given}`);
  return given;
}

function integer(
  parameters: Parameters,
  name: string,
  otherwise: number,
  min: number,
  max: number,
): number {
  const given = parameters[name] ?? otherwise;
  if (typeof given === 'number' && Number.isInteger(given) && given >= min && given <= max) {
    return given;
  }
  throw new UserError(`\`${name}\` is a whole number from ${min} to ${max}, not ${given}`);
}
