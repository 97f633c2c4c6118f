import { BadLineError, shown } from './bad-line.ts';
import { Context, Mode, Op } from './operation.ts';
import { clearTraceEvent, makeTraceEvent } from './trace-event.ts';
import type { TraceEvent, TraceSink } from './trace-event.ts';
import type { TraceNames } from './trace-names.ts';
import type { TraceReader } from './trace-reader.ts';

/**
 * `task-pid [cpu] flags seconds: event: arguments`, as trace-cmd report and the trace file print
 * it; the latter has a thread group after the pid if asked to.
 */
const eventLine = new RegExp(
  [
    /^\s*(.{1,64}?)-(\d+)\s+(?:\([^)]{0,32}\)\s+)?/,
    /\[(\d+)\]\s+(?:(\S{1,12})\s+)?(\d+\.\d+):\s+/,
    /([\w:]+):\s*(.*)$/,
  ]
    .map(({ source }) => source)
    .join(''),
);
/** How ftrace says that its buffer was too small. */
const lostLine = /LOST|EVENTS DROPPED/;
const headLine = /^\s*(#|cpus\s*=|version\s*=|CPU \d+ is empty|$)/;
const acquireArguments = /^(\S+) (try )?(read )?(.+)$/;
const lockArguments = /^(\S+) (.+)$/;

/** What the flags of the lines have told of an agent. */
interface Interrupts {
  hardirq: boolean;
  softirq: boolean;
  irqsOff: boolean;
  softirqsOff: boolean;
}

/**
 * Reads the kernel's lock events from ftrace's text.
 *
 * `lock_acquire` is printed before the lock is got (after, for a try), so that such a trace tells
 * orders and not exclusion; `lock_contended` begins a wait and `lock_acquired` ends it. Shared is
 * shared: the text does not say whether a reader may overtake, and it is taken to queue. Whether
 * interrupts are on is known from the flags; softirqs only where some line has `b` or `D`, which
 * kernels before 6.2 do not print, so they count as off until one is seen.
 */
export class FtraceReader implements TraceReader {
  private readonly file: string;
  private readonly names: TraceNames;
  private readonly sink: TraceSink;
  private readonly current: TraceEvent = makeTraceEvent();
  private readonly interrupts = new Map<number, Interrupts>();
  private showsSoftirqs = false;
  private events = 0;

  constructor(file: string, names: TraceNames, sink: TraceSink) {
    this.file = file;
    this.names = names;
    this.sink = sink;
    names.options.exclusive = false;
    names.options.partial = true;
  }

  line(text: string, line: number): void {
    const { current, names } = this;
    const match = eventLine.exec(text);
    if (match === null) {
      if (headLine.test(text)) return;
      if (!lostLine.test(text)) {
        throw new BadLineError(
          this.file,
          line,
          `${shown(text.trim())} is no ftrace line; expected ` +
            'task-pid [cpu] flags seconds: lock_acquire: address name',
        );
      }
      clearTraceEvent(current);
      current.op = Op.lost;
      current.line = line;
      current.agent = -1;
      this.sink.event(current);
      return;
    }
    this.events++;
    const [, task = '', pid = '', , flags, seconds = '', event = '', rest = ''] = match;
    const op = lockOperation(event);
    if (op === undefined) return;
    const agent = names.agents.number(`${task.trim()}-${pid}`);
    const time = Math.round(Number(seconds) * 1e9);
    this.applyFlags(agent, flags, line, time);
    this.start(op, agent, line, time);
    this.decodeLock(op, rest.trim(), line);
    this.sink.event(current);
  }

  end(line: number): void {
    if (this.events > 0) return;
    throw new BadLineError(
      this.file,
      Math.max(1, line),
      'the trace is empty; expected lines as task-1 [000] 1.5: lock_acquire: 0x1 name',
    );
  }

  private start(op: number, agent: number, line: number, time: number): void {
    const { current } = this;
    clearTraceEvent(current);
    current.op = op;
    current.agent = agent;
    current.line = line;
    current.time = time;
  }

  private decodeLock(op: number, rest: string, line: number): void {
    const { current, names } = this;
    const match = (op === Op.acquire ? acquireArguments : lockArguments).exec(rest);
    if (match === null) {
      throw new BadLineError(
        this.file,
        line,
        `${shown(rest)} names no lock; expected: address [try] [read] name`,
      );
    }
    const name = match.at(-1)!.trim();
    const id = `${name} ${match[1]!}`;
    if (op === Op.acquire) {
      current.tried = match[2] !== undefined;
      current.mode = match[3] === undefined ? Mode.write : Mode.read;
    }
    const known = names.locks.length;
    current.object = names.lock(id);
    if (current.object < known) return;
    const kind = name.startsWith('rcu_') ? 'rcu' : 'mutex';
    names.declareLock({ id, class: name, name, kind });
  }

  /** What the flags say beside the last event of this agent, as events of their own. */
  private applyFlags(agent: number, flags: string | undefined, line: number, time: number): void {
    const known = this.interruptsOf(agent, line, time);
    if (flags === undefined || flags.length < 3) return;
    const masked = flags[0]!;
    const context = flags[2]!;
    if (masked === 'b' || masked === 'D') this.showsSoftirqs = true;
    const change = (op: number, of: number): void => {
      this.start(op, agent, line, time);
      this.current.context = of;
      this.sink.event(this.current);
    };
    const hardirq = context === 'h' || context === 'H' || context === 'Z' || context === 'z';
    const softirq = context === 's' || context === 'H';
    // Inner contexts are left first and entered last.
    if (known.hardirq && !hardirq) change(Op.irqExit, Context.hardirq);
    if (known.softirq && !softirq) change(Op.irqExit, Context.softirq);
    if (!known.softirq && softirq) change(Op.irqEnter, Context.softirq);
    if (!known.hardirq && hardirq) change(Op.irqEnter, Context.hardirq);
    known.hardirq = hardirq;
    known.softirq = softirq;
    if (hardirq || softirq) return;
    const irqsOff = masked === 'd' || masked === 'D';
    const softirqsOff = masked === 'b' || masked === 'D' || !this.showsSoftirqs;
    if (irqsOff !== known.irqsOff) {
      change(irqsOff ? Op.irqDisable : Op.irqEnable, Context.hardirq);
    }
    if (softirqsOff !== known.softirqsOff) {
      change(softirqsOff ? Op.irqDisable : Op.irqEnable, Context.softirq);
    }
    known.irqsOff = irqsOff;
    known.softirqsOff = softirqsOff;
  }

  /** An agent of whom nothing is known counts as with all masked, so that nothing is told. */
  private interruptsOf(agent: number, line: number, time: number): Interrupts {
    let known = this.interrupts.get(agent);
    if (known !== undefined) return known;
    known = { hardirq: false, softirq: false, irqsOff: true, softirqsOff: true };
    this.interrupts.set(agent, known);
    for (const context of [Context.hardirq, Context.softirq]) {
      this.start(Op.irqDisable, agent, line, time);
      this.current.context = context;
      this.sink.event(this.current);
    }
    return known;
  }
}

function lockOperation(event: string): number | undefined {
  switch (event) {
    case 'lock_acquire':
      return Op.acquire;
    case 'lock_acquired':
      return Op.acquired;
    case 'lock_contended':
      return Op.wait;
    case 'lock_release':
      return Op.release;
    default:
      return undefined;
  }
}
