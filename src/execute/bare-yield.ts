import { ForgottenYieldError, UserError } from '../program/errors.ts';
import { port } from '../program/port.ts';
import type { Program } from './program.ts';

/**
 * An agent stands at no operation, and has not ended: it yields by `yield` in place of `yield*`.
 *
 * @throws UserError that says so
 */
export function refuseYield({ scenario, selves }: Program, agent: number): never {
  const { made, place } = port;
  port.clear();
  if (made) throw new ForgottenYieldError(place);
  throw new UserError(
    `scenario "${scenario.name}": agent "${selves[agent]!.name}" yields what is no operation: ` +
      'agents `yield*` operations and nothing else',
  );
}
