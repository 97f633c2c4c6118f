import { AgentAt, agentLine, ControlAt, Inside } from './layout.ts';
import { Violation } from './violations.ts';

/** What an agent does with a lock once a turn. One that only waits has nothing to leave. */
export interface Exercise {
  /**
   * Blocks until it is inside, at most for so long if `ms` is not 0.
   *
   * @returns whether it is, and whether it had it from one who died
   */
  enter(ms: number): 'inside' | 'afterDeath' | 'not';
  leave(): void;
  /** Whether the agent has to end; without it, when it is told to. */
  isOver?(): boolean;
  /** The agent ends because the run does: lets others end who wait for it. */
  retire?(): void;
}

/** Where one agent's exercise notes that it is inside, and looks who else is. */
export class Site {
  readonly control: Int32Array;
  readonly place: number;
  readonly line: number;
  /** Writers have the places from 0 on, readers those after them. */
  readonly writers: number;
  readonly agents: number;

  constructor(control: Int32Array, place: number, writers: number, readers: number) {
    this.control = control;
    this.place = place;
    this.line = agentLine(place);
    this.writers = writers;
    this.agents = writers + readers;
  }

  get isStopped(): boolean {
    return Atomics.load(this.control, ControlAt.stop) !== 0;
  }

  /** Keeps the first violation that this agent sees, and how many there were. */
  report(code: number, other: number = this.place): void {
    const { control, line } = this;
    if (Atomics.load(control, line + AgentAt.code) === Violation.none) {
      Atomics.store(control, line + AgentAt.other, other);
      Atomics.store(control, line + AgentAt.code, code);
    }
    Atomics.add(control, line + AgentAt.times, 1);
  }

  /**
   * A writer is inside: nobody else may be. Two who are inside together cannot miss each other, as
   * each first marks itself and then looks. The two words are changed apart, so that who is inside
   * as well may see them differ.
   */
  comeInWriting(afterDeath: boolean): void {
    const { control, line } = this;
    Atomics.store(control, line + AgentAt.inside, Inside.writer);
    this.look(Violation.writerWithWriter, Violation.writerWithReader);
    if (afterDeath) Atomics.store(control, ControlAt.second, control[ControlAt.first]!);
    this.compare();
    Atomics.store(control, ControlAt.first, control[ControlAt.first]! + 1);
  }

  goOutWriting(): void {
    const { control, line } = this;
    Atomics.store(control, ControlAt.second, control[ControlAt.second]! + 1);
    Atomics.store(control, line + AgentAt.inside, Inside.no);
  }

  /** A reader is inside: no writer may be. */
  comeInReading(): void {
    Atomics.store(this.control, this.line + AgentAt.inside, Inside.reader);
    this.look(Violation.readerWithWriter, Violation.none);
    this.compare();
  }

  goOutReading(): void {
    this.compare();
    Atomics.store(this.control, this.line + AgentAt.inside, Inside.no);
  }

  private look(withWriter: number, withReader: number): void {
    const { control, place, agents } = this;
    for (let other = 0; other < agents; other++) {
      if (other === place) continue;
      const inside = Atomics.load(control, agentLine(other) + AgentAt.inside);
      if (inside === Inside.no) continue;
      const code = inside === Inside.writer ? withWriter : withReader;
      if (code !== Violation.none) this.report(code, other);
    }
  }

  /** Plain reads, as those of a program that trusts its lock. */
  private compare(): void {
    const { control } = this;
    if (control[ControlAt.first] !== control[ControlAt.second]) this.report(Violation.halfChanged);
  }
}
