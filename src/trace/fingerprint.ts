import { createHash } from 'node:crypto';

/**
 * Twelve hexadecimal digits that stand for the parts, in this order; equal parts, equal digits, on
 * every machine.
 */
export function fingerprintOf(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
}
