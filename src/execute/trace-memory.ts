import type { Finding } from '../check/finding.ts';
import type { EventLog } from '../trace/event.ts';
import { ReadsFromPairs } from './reads-from.ts';

/** Traces that are remembered. */
const tracesMax = 65_536;

/** Bits of the filter before the look-up: with all traces remembered one in 16 is set. */
const filterBits = 1 << 20;

/** What is remembered of a trace. */
export interface KnownTrace {
  readonly findings: readonly Finding[];
  /** The execution that had it first, among those that were told apart. */
  readonly first: number;
  /** Executions that had it. */
  times: number;
}

/**
 * The traces that have been checked, by number (`TraceRecorder`), with what they showed and how
 * often they were met. To meet a known one again costs a look-up and no memory.
 */
export class TraceMemory {
  /** By the trace's number, which is the same on every thread. */
  readonly traces: Map<number, KnownTrace> = new Map<number, KnownTrace>();
  readonly readsFrom: ReadsFromPairs;
  /** Executions that were told apart so far. */
  executions = 0;
  /** Those of them whose trace is not remembered, since there are too many. */
  beyond = 0;

  /** A bit for each number's last digits: where it is not set, no such trace is known. */
  private readonly filter = new Int32Array(filterBits / 32);

  constructor(agents: number, words: number) {
    this.readsFrom = new ReadsFromPairs(agents, words);
  }

  /** An execution had this trace: what is known of it. */
  meet(key: number): KnownTrace | undefined {
    this.executions++;
    if ((this.filter[wordOf(key)]! & (1 << key)) === 0) return undefined;
    const known = this.traces.get(key);
    if (known !== undefined) known.times++;
    return known;
  }

  /** The trace just met is new, and showed this. */
  add(key: number, findings: readonly Finding[], log: EventLog): void {
    this.readsFrom.begin();
    log.feed(this.readsFrom);
    const first = this.executions - 1;
    if (this.traces.size < tracesMax) {
      this.traces.set(key, { findings, first, times: 1 });
      this.filter[wordOf(key)] = this.filter[wordOf(key)]! | (1 << key);
    } else {
      this.beyond++;
    }
  }
}

/** Where the bit of a trace's number stands in the filter; the shift takes its last five digits. */
function wordOf(key: number): number {
  return ((key | 0) & (filterBits - 1)) >> 5;
}
