import { Kind } from '../../program/kinds.ts';
import { notGranted, operationTable, visibleOf } from '../../program/operation-table.ts';
import type { CheckSet } from '../../check/check-set.ts';
import { checkInvariants } from '../invariants.ts';
import type { Program } from '../program.ts';
import type { RecordedSteps } from '../schedule-record.ts';
import { Machine } from '../machine.ts';
import { EntryAt } from './thread-log.ts';

/** What one agent did in an iteration on threads. */
export interface AgentTrack {
  /** Entries of its log (`thread-log.ts`), in its own order. */
  readonly entries: Int32Array;
  readonly count: number;
  /** The agent ran to its end, or threw. */
  readonly ended: boolean;
  readonly failed: boolean;
  /** The operation that it stands at, if it has not ended; kind 0 if unknown. */
  readonly pendingKind: number;
  readonly pendingObject: number;
  readonly pendingArgument: number;
  readonly pendingArgument2: number;
}

/** What became of the log. */
export interface Reconstruction {
  readonly steps: RecordedSteps;
  /** Empty, or why the log is no execution of the operation table: a fault of ours. */
  readonly divergence: string;
  /** Nobody can go on, and not all have ended. */
  readonly stalled: boolean;
  /** All agents have ended, or were never spawned. */
  readonly completed: boolean;
  /**
   * The agent that threw, or -1. What others did after that is left out: with a failure an
   * execution is over, as on coroutines.
   */
  readonly failed: number;
}

/**
 * Carries the operations of an iteration on threads out once more, in the order of their numbers,
 * against the operation table: gives the checkers the same events that coroutines would, and proves
 * that every result is the table's.
 *
 * @param inPlace - in the program's own arena, which no thread uses any more: then invariants of
 *   every step are looked at, too
 */
export function reconstruct(
  program: Program,
  tracks: readonly AgentTrack[],
  checks: CheckSet,
  inPlace: boolean,
): Reconstruction {
  return new Reconstructor(program, tracks, checks, inPlace).run();
}

class Reconstructor {
  private readonly machine: Machine;
  private readonly program: Program;
  private readonly tracks: readonly AgentTrack[];
  private readonly checks: CheckSet;
  /** Whether invariants are looked at after every step. */
  private readonly looks: boolean;
  /** For each agent: its next entry. */
  private readonly at: Int32Array;
  private failed = -1;
  private readonly agents: number[] = [];
  private readonly kinds: number[] = [];
  private readonly objects: number[] = [];

  constructor(program: Program, tracks: readonly AgentTrack[], checks: CheckSet, inPlace: boolean) {
    this.program = program;
    this.tracks = tracks;
    this.checks = checks;
    this.looks = inPlace && program.invariants.some(({ when }) => when === 'step');
    if (inPlace) program.arena.reset();
    const { arena } = program;
    this.machine = new Machine(inPlace ? arena.memory : arena.copyOfFirstContents());
    this.machine.sink = checks;
    this.at = new Int32Array(tracks.length);
  }

  run(): Reconstruction {
    const { machine, tracks } = this;
    machine.begin(tracks.length);
    for (let agent = 0; agent < tracks.length; agent++) this.arrive(agent);
    let divergence = '';
    for (const { agent, index } of this.inOrder()) {
      if (this.failed >= 0) break;
      const entry = index * EntryAt.size;
      const { entries } = tracks[agent]!;
      if (visibleOf[entries[entry + EntryAt.kind]!] === 0) continue;
      divergence = this.perform(agent, entries, entry);
      if (divergence !== '') break;
    }
    const over = divergence !== '' || this.failed >= 0;
    const nobody = !over && machine.enabled === 0;
    const completed = nobody && machine.over;
    const stalled = nobody && !completed && !this.isSomebodyBusy();
    const steps = {
      agents: Int32Array.from(this.agents),
      kinds: Int32Array.from(this.kinds),
      objects: Int32Array.from(this.objects),
    };
    return { steps, divergence, stalled, completed, failed: this.failed };
  }

  /** Whether an agent is on its way to nobody knows what, which may let the others go on. */
  private isSomebodyBusy(): boolean {
    const { alive, pendingKind } = this.machine;
    return this.tracks.some((_, agent) => (alive & (1 << agent)) !== 0 && pendingKind[agent] === 0);
  }

  /** All entries by their numbers. */
  private inOrder(): { agent: number; index: number; sequence: number }[] {
    const all: { agent: number; index: number; sequence: number }[] = [];
    for (const [agent, { entries, count }] of this.tracks.entries()) {
      for (let index = 0; index < count; index++) {
        all.push({ agent, index, sequence: entries[index * EntryAt.size + EntryAt.sequence]! });
      }
    }
    // What has one number, of different agents, commutes.
    return all.sort((one, other) => one.sequence - other.sequence || one.agent - other.agent);
  }

  private perform(agent: number, entries: Int32Array, entry: number): string {
    const { machine, program } = this;
    const kind = entries[entry + EntryAt.kind]!;
    const object = entries[entry + EntryAt.object]!;
    const can = (machine.enabled & (1 << agent)) !== 0 || operationTable[kind]!.timed;
    const logged = entries[entry + EntryAt.result]!;
    const same = machine.pendingKind[agent] === kind && machine.pendingObject[agent] === object;
    const result = can && same ? machine.perform(agent) : 0;
    if (!can || !same || result !== logged) {
      const { subject } = program;
      const operation = `${operationTable[kind]!.name} ${subject.name(object)}`;
      const name = `${subject.agentNames[agent]}: ${operation}`;
      const what = !can
        ? 'could not go on'
        : !same
          ? 'was at another operation'
          : `answered ${logged}, not ${result}`;
      return `step ${this.agents.length + 1}: ${name} ${what}`;
    }
    if (this.looks) checkInvariants(program, 'step', this.checks);
    this.agents.push(agent);
    this.kinds.push(kind);
    this.objects.push(object);
    this.at[agent] = this.at[agent]! + 1;
    // One that has queued stands at its follow-up already.
    if (result !== notGranted || operationTable[kind]!.followUp === Kind.none) this.arrive(agent);
    return '';
  }

  /**
   * The agent goes to its next operation: notes on the way, then the operation, its end, or where
   * it hangs.
   */
  private arrive(agent: number): void {
    const { machine } = this;
    const track = this.tracks[agent]!;
    const { entries } = track;
    for (; this.at[agent]! < track.count; this.at[agent] = this.at[agent]! + 1) {
      const entry = this.at[agent]! * EntryAt.size;
      const kind = entries[entry + EntryAt.kind]!;
      const object = entries[entry + EntryAt.object]!;
      const argument = entries[entry + EntryAt.argument]!;
      if (visibleOf[kind] !== 0) {
        machine.pend(agent, kind, object, argument, entries[entry + EntryAt.argument2]!);
        return;
      }
      machine.annotate(agent, kind, object, argument);
    }
    if (track.failed) this.failed = agent;
    else if (track.ended) machine.exit(agent);
    else if (track.pendingKind !== Kind.none) {
      const { pendingKind, pendingObject, pendingArgument, pendingArgument2 } = track;
      machine.pend(agent, pendingKind, pendingObject, pendingArgument, pendingArgument2);
    }
  }
}
