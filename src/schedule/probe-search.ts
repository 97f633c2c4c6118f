import { breathe, monotonicMs } from '../execute/clock.ts';
import { Coroutines } from '../execute/coroutines.ts';
import type { Program } from '../execute/program.ts';
import type { Strategy } from '../execute/strategy.ts';
import { ForgottenYieldError } from '../program/errors.ts';
import { forgottenYield } from './forgotten-yield.ts';

/** Milliseconds after which the event loop has its turn. */
const sliceMs = 40;

/** Lets a strategy estimate what is left of its search; takes a second or so at the most. */
export async function probeSearch(
  program: Program,
  strategy: Strategy,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const stopped = (): boolean => signal?.aborted === true;
  if (stopped()) return;
  const probe = strategy.probe?.(seed);
  if (probe === undefined) return;
  const coroutines = new Coroutines(program, { checks: false });
  let executions = 0;
  for (let over = false; !over && !stopped(); await breathe()) {
    const endMs = monotonicMs() + sliceMs;
    over = true;
    try {
      coroutines.runAll(probe, executions, () => {
        executions++;
        over = monotonicMs() < endMs;
        return !over;
      });
    } catch (error) {
      if (!(error instanceof ForgottenYieldError)) throw error;
      throw forgottenYield(program, error, coroutines.record.steps());
    }
  }
}
