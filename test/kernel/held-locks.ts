import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import { Kind } from '../../src/program/kinds.ts';
import { operationTable } from '../../src/program/operation-table.ts';
import { scenario, type Parameters, type Scenario, type Step } from '../../src/program/index.ts';
import { makeKernel, type Kernel } from '../../src/kernel/kernel.ts';
import { memoryEventName, type MemoryNotify } from '../../src/kernel/memory-notify.ts';
import { makeNotifierBlock, Notify } from '../../src/kernel/notifier-chain.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';

const taking: readonly number[] = [
  Kind.acquire,
  Kind.tryAcquire,
  Kind.readAcquire,
  Kind.readTryAcquire,
  Kind.writeAcquire,
  Kind.refTryAcquire,
];
const giving: readonly number[] = [
  Kind.release,
  Kind.readRelease,
  Kind.writeRelease,
  Kind.refRelease,
];

/**
 * Runs an agent alone, with a callback of priority -100 that prints the locks that are held in it.
 *
 * @returns lines such as `goingOnline: sb_writers, memory32/state.of->mutex`, one a call
 */
export function heldInCallbacks(
  parameters: Parameters,
  agent: (kernel: Kernel) => Step<unknown>,
  answers: Readonly<Record<string, number>> = {},
): string[] {
  const lines: string[] = [];
  const held: string[] = [];
  const program = instantiate(
    scenario<Kernel>({
      name: 'held-locks',
      summary: 'one agent alone',
      source: 'test',
      setup(arena, given) {
        const kernel = makeKernel(arena, given);
        makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
          name: 'printer',
          priority: -100,
          registered: true,
          *call(self, action) {
            yield* self.priority.read();
            const event = memoryEventName(kernel, action)!;
            lines.push(`${event}: ${held.join(', ')}`);
            return answers[event] ?? Notify.ok;
          },
        });
        return kernel;
      },
      agents: {
        *solo(kernel) {
          yield* agent(kernel);
        },
      },
      variants: { only: { summary: 'as given', parameters: { ...parameters, vfsLocks: true } } },
    }) as Scenario,
    { variant: 'only', form: 'full' },
  );
  const observer = {
    event(kind: number, _by: number, object: number, _argument: number, outcome: number): void {
      const name = program.subject.name(object);
      const failed = operationTable[kind]!.truth && outcome === 0;
      if (taking.includes(kind) && !failed) held.push(name);
      if (giving.includes(kind)) held.splice(held.lastIndexOf(name), 1);
    },
  };
  new Coroutines(program, { observer }).runAll(new RandomWalk({ seed: 1 }), 0, () => true);
  return lines;
}
