import type { CheckSet } from '../check/check-set.ts';
import type { HeldLock } from '../check/finding.ts';
import { EventLog, type EventSink } from '../trace/event.ts';

/**
 * The full account of one execution: for every event its place in the agents' code and what the
 * agent held. Slow, so a failing schedule is replayed once with it; exploration does without.
 */
export class Details implements EventSink {
  readonly log: EventLog = new EventLog();
  /** The stack at which each event's operation was made. */
  readonly stacks: (string | undefined)[] = [];
  readonly held: HeldLock[][] = [];
  private readonly stackOf: (string | undefined)[] = [];
  private checks: CheckSet | undefined;
  private limit = 0;

  begin(checks: CheckSet): void {
    this.checks = checks;
    this.log.clear();
    this.stacks.length = 0;
    this.held.length = 0;
    this.limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 60;
  }

  /** Stack traces are short again. */
  end(): void {
    Error.stackTraceLimit = this.limit;
  }

  /** The agent has come to an operation that was made here. */
  arrive(agent: number, place: Error | undefined): void {
    this.stackOf[agent] = place?.stack;
  }

  event(kind: number, agent: number, object: number, argument: number, result: number): void {
    const checks = this.checks!;
    this.stacks.push(this.stackOf[agent]);
    this.held.push(checks.held.list(agent));
    this.log.event(kind, agent, object, argument, result);
    checks.event(kind, agent, object, argument, result);
  }
}
