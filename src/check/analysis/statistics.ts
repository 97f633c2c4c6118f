import { Op } from '../../trace/format/operation.ts';
import type { TraceEvent } from '../../trace/format/trace-event.ts';
import type { TraceChecker } from './trace-checker.ts';
import type { AgentState, TraceState } from './trace-state.ts';
import { Times, type TimesSummary } from './times.ts';

/** What is kept of a lock class, as /proc/lock_stat keeps it. */
class ClassCounts {
  acquisitions = 0;
  reads = 0;
  tries = 0;
  failedTries = 0;
  contentions = 0;
  readonly waits: Times = new Times();
  readonly holds: Times = new Times();
  /** Who waited where, and who held it meanwhile and had taken it where. */
  readonly waiters: Map<string, number> = new Map();
  readonly inTheWay: Map<string, number> = new Map();
}

/** A class in `--statistics`. */
export interface ClassStatistics {
  readonly class: string;
  readonly acquisitions: number;
  readonly reads: number;
  readonly tries: number;
  readonly failedTries: number;
  readonly contentions: number;
  /** Nanoseconds; without times in the trace, undefined. */
  readonly wait: TimesSummary | undefined;
  readonly hold: TimesSummary | undefined;
  /** Place and agent, and how often, most first. */
  readonly waitedAt: readonly (readonly [string, number])[];
  readonly inTheWay: readonly (readonly [string, number])[];
}

/** How many places are told of a class. */
const placesMax = 4;

/** Acquisitions, contentions, times and places of each lock class. */
export class TraceStatistics implements TraceChecker {
  private readonly state: TraceState;
  private readonly classes: (ClassCounts | undefined)[] = [];

  constructor(state: TraceState) {
    this.state = state;
  }

  before(event: TraceEvent, agent: AgentState): void {
    switch (event.op) {
      case Op.acquire:
        return this.acquire(event, agent);
      case Op.acquired: {
        const { waiting } = agent;
        if (waiting !== undefined) this.of(event).waits.add(event.time - waiting.time);
        return;
      }
      case Op.tryFailed:
        this.of(event).failedTries++;
        return;
      case Op.wait:
        return this.wait(event, agent);
      case Op.release: {
        const entry = agent.held[agent.indexOf(event.object)];
        if (entry !== undefined) this.counts(entry.class.number).holds.add(event.time - entry.time);
        return;
      }
      default:
    }
  }

  /** Classes by how often they were contended, then by how often they were taken. */
  summary(): ClassStatistics[] {
    return this.classes
      .flatMap((counts, number) => {
        if (counts === undefined) return [];
        const { acquisitions, reads, tries, failedTries, contentions } = counts;
        return [
          {
            class: this.state.classes.all[number]!.name,
            acquisitions,
            reads,
            tries,
            failedTries,
            contentions,
            wait: counts.waits.summary(),
            hold: counts.holds.summary(),
            waitedAt: most(counts.waiters),
            inTheWay: most(counts.inTheWay),
          },
        ];
      })
      .sort(
        (one, other) =>
          other.contentions - one.contentions || other.acquisitions - one.acquisitions,
      );
  }

  private acquire(event: TraceEvent, agent: AgentState): void {
    const counts = this.of(event);
    counts.acquisitions++;
    if (event.mode > 0) counts.reads++;
    if (event.tried) counts.tries++;
    const { waiting } = agent;
    if (waiting?.lock === event.object) counts.waits.add(event.time - waiting.time);
  }

  private wait(event: TraceEvent, agent: AgentState): void {
    const { names } = this.state;
    const counts = this.of(event);
    const spot = (of: number, place: number): string => {
      const where = names.placeName(place);
      return `${names.agentName(of)}${where === undefined ? '' : ` at ${where}`}`;
    };
    const holders = this.state.agents.filter(
      (other) => other !== agent && other.indexOf(event.object) !== -1,
    );
    // A request that meets nobody (STD's req) is no contention.
    if (holders.length === 0 && names.options.exclusive) return;
    counts.contentions++;
    count(counts.waiters, spot(agent.agent, event.place));
    for (const holder of holders) {
      const entry = holder.held[holder.indexOf(event.object)]!;
      count(counts.inTheWay, spot(holder.agent, entry.place));
    }
  }

  private of(event: TraceEvent): ClassCounts {
    return this.counts(this.state.classes.of(event.object, event.subclass).number);
  }

  private counts(number: number): ClassCounts {
    return (this.classes[number] ??= new ClassCounts());
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function most(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort((one, other) => other[1] - one[1]).slice(0, placesMax);
}
