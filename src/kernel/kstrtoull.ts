import { EINVAL, ERANGE } from './errno.ts';

/**
 * kstrtoull() with base 0: decimal, octal after a 0, hexadecimal after 0x; one plus sign before and
 * one newline after it are tolerated. All releases.
 *
 * @returns the number, or -EINVAL or -ERANGE (a bigint is never an error)
 */
export function kstrtoull(input: string): bigint | number {
  const match = /^\+?(?:(0x[0-9a-f]+)|(0[0-7]*)|([1-9]\d*))\n?$/i.exec(input);
  if (match === null) return -EINVAL;
  const [, hexadecimal, octal, decimal] = match;
  const value = BigInt(hexadecimal ?? (octal === undefined ? decimal! : `0o0${octal}`));
  return value >= 1n << 64n ? -ERANGE : value;
}
