import { Arena, UserError, type Parameters } from '../../src/program/index.ts';
import { makeKernel } from '../../src/kernel/kernel.ts';

/** Why a kernel with these parameters is refused, or `accepted`. */
export function refused(parameters: Parameters): string {
  try {
    makeKernel(new Arena(1), parameters);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return 'accepted';
}
