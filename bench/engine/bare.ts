import { port, type OperationExecutor } from '../../src/program/port.ts';
import { truthOf, visibleOf } from '../../src/program/operation-table.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { EventSink } from '../../src/trace/event.ts';
import type { Program } from '../../src/execute/program.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import type { BenchProgram } from './programs.ts';

type Bare = Generator<unknown, unknown, undefined>;

/** Runs generators in turns until all have ended; how often one was resumed. */
function inTurns(agents: readonly Bare[]): number {
  let resumed = 0;
  let alive = (1 << agents.length) - 1;
  while (alive !== 0) {
    for (let agent = 0; agent < agents.length; agent++) {
      if ((alive & (1 << agent)) === 0) continue;
      resumed++;
      if (agents[agent]!.next().done === true) alive &= ~(1 << agent);
    }
  }
  return resumed;
}

/** The bare loop of a program written out as plain generators: no engine at all. */
export function bareLoop(program: BenchProgram): () => void {
  const memory = new Int32Array(new SharedArrayBuffer(64));
  const make = program.bare!;
  return () => {
    memory.fill(0);
    inTurns(make(memory));
  };
}

const suspended: IteratorResult<undefined, unknown> = { done: false, value: undefined };
const performed: IteratorReturnResult<unknown> = { done: true, value: undefined };

/**
 * Answers each operation with what it answered in a recorded execution: the agents' own code, and
 * nothing else.
 */
class Recorded implements OperationExecutor {
  /** Results in the order of the schedule. */
  results: unknown[] = [];
  at = 0;
  private readonly waiting: boolean[] = [];
  current = 0;

  get agent(): number {
    return this.current;
  }

  begin(agents: number): void {
    this.at = 0;
    for (let agent = 0; agent < agents; agent++) this.waiting[agent] = false;
  }

  step(): IteratorResult<undefined, unknown> {
    if (this.waiting[this.current] === true) {
      this.waiting[this.current] = false;
      performed.value = this.results[this.at++];
      return performed;
    }
    port.made = false;
    if (visibleOf[port.kind] === 0) {
      performed.value = undefined;
      return performed;
    }
    this.waiting[this.current] = true;
    return suspended;
  }
}

/**
 * The bare loop of a scenario's agents: their generators resumed in the order of a recorded
 * execution, each operation answered from the record. What remains is the cost of generators and of
 * the agents' own code.
 */
export function recordedLoop(program: Program): { run: () => void; steps: number } {
  const coroutines = new Coroutines(program, { checks: false });
  const results: unknown[] = [];
  const sink: EventSink = {
    event: (kind, _agent, _object, _argument, result) => {
      if (visibleOf[kind] !== 0) results.push(truthOf[kind] === 0 ? result : result === 1);
    },
  };
  coroutines.machine.sink = sink;
  coroutines.runAll(new RandomWalk({ seed: 1 }), 0, () => true);
  const { agents: order } = coroutines.record.steps();
  const executor = new Recorded();
  executor.results = results;
  const count = program.agents.length;
  const agents: Bare[] = [];
  const run = (): void => {
    program.arena.reset();
    const before = port.install(executor);
    executor.begin(count);
    for (let agent = 0; agent < count; agent++) {
      executor.current = agent;
      agents[agent] = program.agents[agent]!(program.world, program.selves[agent]!);
      agents[agent]!.next();
    }
    for (let step = 0; step < order.length; step++) {
      executor.current = order[step]!;
      agents[executor.current]!.next();
    }
    port.install(before);
  };
  return { run, steps: order.length };
}
