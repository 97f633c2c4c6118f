import { Mode } from '../../../trace/format/operation.ts';
import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { AnalysisFindings, CountedFinding } from '../analysis-finding.ts';
import type { LockClass } from '../lock-classes.ts';
import type { AgentState, HeldEntry, TraceState } from '../trace-state.ts';
import { columns, heldLines, lockCell, modeText, whereText } from './order-text.ts';

interface Wanted {
  readonly lock: number;
  readonly class: LockClass;
  readonly mode: number;
  readonly nest: number;
}

/** A class taken twice at once, and what all who did so held beside it. */
interface Repetition {
  readonly counted: CountedFinding;
  /** Locks that were held exclusively each time. */
  guards: Set<number>;
}

/**
 * The same class twice (check_deadlock): an agent that takes what it holds hangs, and two instances
 * of one class have no order among them. Allowed where a named outer lock serialises it, and for a
 * reader that may overtake behind readers.
 */
export class Recursion {
  private readonly state: TraceState;
  private readonly findings: AnalysisFindings;
  private readonly repetitions = new Map<string, Repetition>();

  constructor(state: TraceState, findings: AnalysisFindings) {
    this.state = state;
    this.findings = findings;
  }

  /** @param depth - how many of the held locks are looked at */
  check(
    event: TraceEvent,
    agent: AgentState,
    wanted: Wanted,
    depth: number,
  ): CountedFinding | undefined {
    const { held } = agent;
    let nested = false;
    for (let index = 0; index < depth; index++) {
      const entry = held[index]!;
      nested ||= entry.lock === wanted.nest;
      if (entry.class !== wanted.class) continue;
      if (wanted.mode === Mode.recursiveRead && entry.mode !== Mode.write) continue;
      if (this.isInOrder(entry.lock, wanted.lock)) continue;
      if (nested) return undefined;
      return this.note(event, agent, entry, wanted);
    }
    return undefined;
  }

  /** A common outer lock keeps two instances of a class apart, as long as all take it. */
  report(): void {
    for (const { counted, guards } of this.repetitions.values()) {
      if (guards.size === 0 || counted.finding.level === 'happened') continue;
      const list = [...guards].map((guard) => this.state.names.lockName(guard)).join(' and ');
      counted.finding.level = 'guarded';
      counted.finding.text = [
        ...counted.finding.text,
        `All who did so held ${list}: while they do, this cannot deadlock.`,
      ];
    }
  }

  /** Whether the locks of a class have an order of their own, and are taken in it (cmp_fn). */
  private isInOrder(held: number, wanted: number): boolean {
    const { locks } = this.state.names;
    const [one, other] = [locks[held]!.rank, locks[wanted]!.rank];
    return one !== undefined && other !== undefined && one < other;
  }

  private note(
    event: TraceEvent,
    agent: AgentState,
    entry: HeldEntry,
    wanted: Wanted,
  ): CountedFinding {
    const certain =
      entry.lock === wanted.lock &&
      (entry.mode === Mode.write || wanted.mode === Mode.write) &&
      entry.class.kind !== 'map';
    // Two instances need a second agent that nests them, too. For one lock that is read twice a
    // writer that holds nothing is enough, so nothing guards.
    const own = agent.held.filter(
      ({ class: of, mode }) =>
        entry.lock !== wanted.lock && of !== wanted.class && mode === Mode.write,
    );
    const guards = new Set(own.map(({ lock }) => lock));
    const { names } = this.state;
    const { name } = wanted.class;
    const agentName = names.agentName(agent.agent);
    // A reader waits behind readers only where a writer has come in between.
    const readers = entry.mode !== Mode.write && wanted.mode !== Mode.write;
    const text = [
      `${names.agentName(agent.agent)} is trying to acquire ${names.lockName(wanted.lock)}` +
        `${modeText(wanted.mode)}${whereText(names, event.line, event.place)}`,
      `but already holds ${names.lockName(entry.lock)}${modeText(entry.mode)}, ` +
        `taken${whereText(names, entry.line, entry.place, entry.in)}`,
      '',
      certain ? 'It waits for itself:' : 'Possible unsafe locking scenario:',
      '',
      ...columns(readers ? [agentName, 'a writer'] : [agentName], [
        [lockCell(entry.class, entry.mode)],
        ...(readers ? [['', lockCell(wanted.class, Mode.write)]] : []),
        [lockCell(wanted.class, wanted.mode)],
        ['*** DEADLOCK ***'],
      ]),
      '',
      certain ? '' : 'May be due to missing lock nesting notation (subclass, nest)',
      ...heldLines(names, agent),
    ];
    const counted = this.findings.add(
      {
        kind: 'recursive-locking',
        level: certain ? 'happened' : 'possible',
        title: `${certain ? '' : 'possible '}recursive locking: ${name}`,
        agents: [agent.agent],
        locks: [...new Set([entry.lock, wanted.lock])],
        words: [],
        lines: [entry.line, event.line],
        text: text.filter((line, index) => line !== '' || text[index - 1] !== ''),
      },
      [name],
    );
    const known = this.repetitions.get(name);
    if (known !== undefined) {
      for (const guard of known.guards) if (!guards.has(guard)) known.guards.delete(guard);
    }
    this.repetitions.set(name, { counted, guards: known?.guards ?? guards });
    return counted;
  }
}

/** Whether a named outer lock below a lock of the same class serialises the nesting. */
export function nestingHolds(
  held: readonly HeldEntry[],
  wanted: { readonly nest: number; readonly class: LockClass },
  depth: number,
): boolean {
  if (wanted.nest < 0) return false;
  let nested = false;
  for (let index = 0; index < depth; index++) {
    const entry = held[index]!;
    nested ||= entry.lock === wanted.nest;
    if (entry.class === wanted.class && nested) return true;
  }
  return false;
}

/** Tells of a lock that is named to serialise nesting and is not held. */
export function reportNest(
  { names }: TraceState,
  findings: AnalysisFindings,
  agent: AgentState,
  wanted: Pick<HeldEntry, 'lock' | 'class' | 'nest' | 'line'>,
): void {
  const outer = names.lockName(wanted.nest);
  findings.add(
    {
      kind: 'nest-lock-not-held',
      level: 'happened',
      title: `nested lock was not taken: ${outer}, for ${wanted.class.name}`,
      agents: [agent.agent],
      locks: [wanted.nest, wanted.lock],
      words: [],
      lines: [wanted.line],
      text: [
        `${names.agentName(agent.agent)} takes ${names.lockName(wanted.lock)} and names ` +
          `${outer} as the lock that serialises it, but does not hold that`,
        ...heldLines(names, agent),
      ],
    },
    [outer, wanted.class.name],
  );
}
