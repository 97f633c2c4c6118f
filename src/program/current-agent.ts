import { port } from './port.ts';

/**
 * The number of the agent that runs, 0 to 30: the `id` of its {@link Self}, for functions far below
 * the agent's own (the kernel's `current`). The same in exploration and on threads. No operation:
 * it costs no step, and orders nothing.
 *
 * @throws Error outside of an agent, as in a set-up or an invariant
 * @public
 */
export function currentAgent(): number {
  return port.executor.agent;
}
