import { port } from '../../program/port.ts';
import { AssertionFailure, ForgottenYieldError, UserError } from '../../program/errors.ts';
import { toldOf } from '../failure.ts';
import { instantiate, type Program } from '../program.ts';
import { loadScenario } from '../load-scenario.ts';
import { AgentAt, agentLine, AgentState, ControlAt } from './control.ts';
import { ControlledAgent, ScheduleOver, tellCoordinator } from './controlled-agent.ts';
import { FreeAgent } from './free-agent.ts';
import { Gate } from './gate.ts';
import type { AgentAnswer, AgentMessage, AgentTask } from './messages.ts';
import { SharedSchedule } from './shared-schedule.ts';
import { ObjectClocks } from './object-clocks.ts';
import { ThreadLog } from './thread-log.ts';
import { Unspawned } from './unspawned.ts';

/**
 * What an agent's thread does: lays the program out, attaches, and runs its agent once an iteration
 * until told to stop.
 */
export async function runAgentThread(task: AgentTask): Promise<AgentAnswer> {
  try {
    const program = instantiate(await loadScenario(task.scenario), task.choice, task.arena);
    new AgentThread(task, program).serve();
    return { status: 'stopped' };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // The coordinator waits for news of this iteration: the answer alone would come too late.
    const control = new Int32Array(task.control);
    Atomics.store(control, agentLine(task.agent) + AgentAt.state, AgentState.failed);
    tellCoordinator(control);
    return { status: 'broken', message, userError: error instanceof UserError };
  } finally {
    task.port.close();
  }
}

class AgentThread {
  private readonly task: AgentTask;
  private readonly program: Program;
  private readonly control: Int32Array;
  private readonly log: ThreadLog;
  private readonly executor: ControlledAgent | FreeAgent;
  private readonly line: number;

  constructor(task: AgentTask, program: Program) {
    this.task = task;
    this.program = program;
    this.control = new Int32Array(task.control);
    this.log = new ThreadLog(task.log, this.control, task.agent);
    this.line = agentLine(task.agent);
    const { memory } = program.arena;
    this.executor =
      task.kind === 'free'
        ? new FreeAgent(
            task.agent,
            memory,
            this.control,
            this.log,
            program.subject,
            task.seed,
            gateOf(task, this.control),
            new Unspawned(memory, this.control, program.agents.length, program.spawned),
            new ObjectClocks(
              new Int32Array(task.clocks),
              this.control,
              task.agent,
              program.agents.length,
              task.logging,
            ),
            task.logging,
          )
        : new ControlledAgent(
            task.agent,
            memory,
            this.control,
            new SharedSchedule(task.schedule),
            this.log,
            program.subject,
          );
  }

  serve(): void {
    const { control } = this;
    if (this.task.places) {
      port.keepPlaces = true;
      Error.stackTraceLimit = 60;
    }
    port.install(this.executor);
    for (let generation = 0; ;) {
      Atomics.add(control, ControlAt.done, 1);
      tellCoordinator(control);
      while (Atomics.load(control, ControlAt.generation) === generation) {
        Atomics.wait(control, ControlAt.generation, generation);
      }
      generation = Atomics.load(control, ControlAt.generation);
      if (Atomics.load(control, ControlAt.stop) !== 0) return;
      this.iterate(generation);
    }
  }

  private iterate(generation: number): void {
    const { control, line, program, task, executor } = this;
    Atomics.store(control, line + AgentAt.state, AgentState.running);
    port.clear();
    executor.begin(generation);
    let state: number = AgentState.done;
    try {
      const agent = program.agents[task.agent]!(program.world, program.selves[task.agent]!);
      while (agent.next().done !== true);
      if (port.made) throw new ForgottenYieldError(port.place);
    } catch (error) {
      state = this.failed(error);
    }
    if (task.places && executor instanceof ControlledAgent) {
      this.tell({ kind: 'places', agent: task.agent, stacks: executor.stacks });
    }
    Atomics.store(control, line + AgentAt.state, state);
    if (state !== AgentState.diverged) executor.end();
  }

  /** The agent threw; its state. */
  private failed(error: unknown): number {
    const { agent } = this.task;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ScheduleOver) {
      if (error.cause !== 'diverged') return AgentState.idle;
      this.tell({ kind: 'diverged', agent, message });
      Atomics.store(this.control, ControlAt.over, 1);
      return AgentState.diverged;
    }
    if (error instanceof ForgottenYieldError) {
      this.tell({ kind: 'forgotten', agent });
      return AgentState.failed;
    }
    if (error instanceof UserError) throw toldOf(this.program, agent, error);
    const stack = error instanceof Error ? error.stack : undefined;
    this.tell({
      kind: 'failed',
      agent,
      message,
      promised: error instanceof AssertionFailure,
      stack,
    });
    return AgentState.failed;
  }

  private tell(message: AgentMessage): void {
    this.task.port.postMessage(message);
  }
}

function gateOf(task: AgentTask, control: Int32Array): Gate | undefined {
  const schedule = new SharedSchedule(task.schedule);
  return schedule.length === 0 ? undefined : new Gate(task.agent, control, schedule);
}
