import { Op } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { AnalysisFindings } from '../analysis-finding.ts';
import { reportMisdeed } from '../held-report.ts';
import type { TraceChecker } from '../trace-checker.ts';
import type { AgentState, HeldEntry, TraceState } from '../trace-state.ts';

/** An acquire context from its `acquire` (ww_acquire_init) to its `release` (ww_acquire_fini). */
interface AcquireContext {
  /** How many locks are held in it. */
  acquired: number;
  /** Whether all that it is for has been taken (ww_acquire_done). */
  done: boolean;
  /** The lock that was refused, until it has been taken on the slow path; -1 if none. */
  refused: number;
}

/**
 * Wound/wait mutexes against their rules (kernel/locking/ww_mutex.h and include/linux/ww_mutex.h,
 * v6.12, with CONFIG_DEBUG_WW_MUTEXES). Who takes several in one acquire context may be refused
 * (-EDEADLK), must then give back all that it holds in it, and wait for the refused one first.
 *
 * The order among them is left to the context: an acquisition names it as `nest`.
 */
export class WoundWait implements TraceChecker {
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;
  private readonly contexts = new Map<number, AcquireContext>();

  constructor(state: TraceState, findings: AnalysisFindings) {
    this.state = state;
    this.findings = findings;
  }

  operations(): readonly number[] {
    const isThere = this.state.names.locks.some(({ kind }) => kind === 'ww_context');
    return isThere ? [Op.acquire, Op.refused, Op.release, Op.contextDone] : [];
  }

  before(event: TraceEvent, agent: AgentState): void {
    switch (event.op) {
      case Op.acquire:
        if (this.isContext(event.object)) this.begin(event);
        else if (this.isContext(event.nest)) this.acquire(event, agent);
        return;
      case Op.refused:
        if (this.isContext(event.nest)) this.refuse(event, agent);
        return;
      case Op.release:
        if (this.isContext(event.object)) this.finish(event, agent);
        else if (this.contexts.size > 0) this.release(event, agent);
        return;
      case Op.contextDone:
        return this.finishAcquiring(event, agent);
      default:
    }
  }

  private isContext(lock: number): boolean {
    return lock >= 0 && this.state.names.locks[lock]!.kind === 'ww_context';
  }

  private begin(event: TraceEvent): void {
    this.contexts.set(event.object, { acquired: 0, done: false, refused: -1 });
  }

  private finish(event: TraceEvent, agent: AgentState): void {
    const context = this.contexts.get(event.object);
    this.contexts.delete(event.object);
    if (context === undefined || context.acquired === 0) return;
    const problem = `, in which it still holds ${context.acquired}`;
    this.fail(event, agent, event.object, 'ends', problem, 'ends while locks are held in it');
  }

  private finishAcquiring(event: TraceEvent, agent: AgentState): void {
    const context = this.contexts.get(event.object);
    if (context === undefined) {
      return this.fail(event, agent, event.object, 'closes', ', which has not begun', 'is closed');
    }
    if (context.done) {
      this.fail(event, agent, event.object, 'closes', ' a second time', 'is closed twice');
    }
    context.done = true;
  }

  private acquire(event: TraceEvent, agent: AgentState): void {
    const context = this.contextOf(event, agent);
    if (context === undefined) return;
    if (context.refused !== -1) this.afterRefusal(event, agent, context);
    else if (event.slow) {
      const problem = ' on the slow path, though nothing was refused';
      this.fail(event, agent, event.nest, 'acquires', problem, 'takes the slow path unneeded');
    }
    context.refused = -1;
    context.acquired++;
  }

  private afterRefusal(event: TraceEvent, agent: AgentState, context: AcquireContext): void {
    const { names } = this.state;
    const refused = names.lockName(context.refused);
    if (context.acquired > 0) {
      const problem = `, still holding others, after ${refused} was refused`;
      this.fail(event, agent, event.nest, 'acquires', problem, 'goes on after a refusal');
    }
    if (context.refused !== event.object) {
      const problem = `, though ${refused} was refused`;
      this.fail(event, agent, event.nest, 'acquires', problem, 'takes another than was refused');
    }
  }

  private refuse(event: TraceEvent, agent: AgentState): void {
    const context = this.contextOf(event, agent);
    if (context === undefined) return;
    if (context.refused !== -1) {
      const problem = ', and is refused again before it has taken the one refused before';
      this.fail(event, agent, event.nest, 'asks for', problem, 'goes on after a refusal');
    }
    context.refused = event.object;
  }

  /** The context that a lock is asked for in, if that is as it should be. */
  private contextOf(event: TraceEvent, agent: AgentState): AcquireContext | undefined {
    const { locks } = this.state.names;
    const context = this.contexts.get(event.nest);
    if (context === undefined) {
      const problem = ', which has not begun or is over';
      this.fail(event, agent, event.nest, 'asks for', problem, 'is used before or after its time');
      return undefined;
    }
    if (context.done) {
      const problem = ', which is closed to more';
      this.fail(event, agent, event.nest, 'asks for', problem, 'is used after it was closed');
    }
    const [own, of] = [locks[event.object]!.wwClass, locks[event.nest]!.wwClass];
    if (own !== of) {
      const problem = `, which is of ${of ?? 'no'} wound/wait class, the lock of ${own ?? 'none'}`;
      this.fail(event, agent, event.nest, 'asks for', problem, 'is of another class than a lock');
    }
    return context;
  }

  private release(event: TraceEvent, agent: AgentState): void {
    const entry: HeldEntry | undefined = agent.held[agent.indexOf(event.object)];
    if (entry === undefined || !this.isContext(entry.nest)) return;
    const context = this.contexts.get(entry.nest);
    if (context === undefined) return;
    if (context.acquired > 0) context.acquired--;
    else {
      const problem = ', which counts no lock as held';
      this.fail(event, agent, entry.nest, 'gives back', problem, 'counts locks wrong');
    }
  }

  private fail(
    event: TraceEvent,
    agent: AgentState,
    context: number,
    verb: string,
    problem: string,
    title: string,
  ): void {
    const { names } = this.state;
    const isOwn = event.object === context;
    const lock = isOwn ? '' : `${names.lockName(event.object)} in `;
    reportMisdeed(this.state, this.findings, event, agent, {
      kind: 'lock-misuse',
      title: `acquire context ${title}: ${names.locks[context]!.class}`,
      deed: `${verb} ${lock}the acquire context ${names.lockName(context)}`,
      problem,
      locks: isOwn ? [context] : [event.object, context],
    });
  }
}
