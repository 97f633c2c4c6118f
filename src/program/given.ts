import { inspect } from 'node:util';
import { UserError, WrongValueError } from './errors.ts';
import { nearest } from './nearest.ts';

/** What scenarios of plain JavaScript may give where a type says otherwise. */

/** @throws UserError unless it is a text that is not empty */
export function requireName(name: unknown): void {
  if (typeof name === 'string' && name !== '') return;
  throw new UserError(`an object of the arena has a text for its name, not ${shown(name)}`);
}

/** @throws UserError unless it is an object with no other keys than these */
export function requireKeys(given: unknown, keys: readonly string[], where: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new UserError(`${where} takes an object with ${keys.join(', ')}, not ${shown(given)}`);
  }
  for (const key of Object.keys(given)) {
    if (keys.includes(key)) continue;
    const hint = nearest(key, keys);
    throw new UserError(`${where}: \`${key}\` is no option: ${hint}there are ${keys.join(', ')}`);
  }
}

/** @throws UserError unless these are the options of a lock */
export function requireClass(options: { readonly class?: unknown }, name: string): void {
  requireKeys(options, ['class'], `"${name}"`);
  const { class: lockClass } = options;
  if (lockClass === undefined || (typeof lockClass === 'string' && lockClass !== '')) return;
  throw new UserError(`"${name}": \`class\` is a text, not ${shown(lockClass)}`);
}

/** @throws UserError unless it is true, false or left out */
export function requireFlag(given: unknown, where: string): void {
  if (given === undefined || typeof given === 'boolean') return;
  throw new UserError(`${where} is true or false, not ${shown(given)}`);
}

/** Whether a word holds it: a whole number of 32 bits, signed or not. */
export function fitsWord(value: unknown): value is number {
  if (typeof value !== 'number') return false;
  return (value | 0) === value || value >>> 0 === value;
}

/** @throws UserError that says which word is to hold what it cannot */
export function refuseValue(value: unknown, where: string): never {
  throw new WrongValueError(`${where} takes a whole number of 32 bits, not ${shown(value)}`);
}

/** The value in one short line. */
export function shown(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Infinity });
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
