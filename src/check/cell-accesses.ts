import { accessAt } from '../program/bytes.ts';
import { Kind } from '../program/kinds.ts';
import type { Subject } from '../trace/subject.ts';
import type { DataRaces } from './data-race.ts';

/**
 * What accesses to cells of shared buffers mean to the race checker: the parts of a cell whose
 * bytes are accessed apart are objects of their own, so that accesses of any sizes race where they
 * overlap, and nowhere else.
 */
export class CellAccesses {
  private readonly subject: Subject;
  private readonly races: DataRaces;

  constructor(subject: Subject, races: DataRaces) {
    this.subject = subject;
    this.races = races;
  }

  /** An access to bytes. */
  access(
    kind: number,
    agent: number,
    object: number,
    argument: number,
    result: number,
    event: number,
  ): void {
    const { races } = this;
    const { offset, width, whole } = accessAt(argument);
    const first = whole ? object : object + offset;
    const end = whole ? object + 1 : first + width;
    for (let part = first; part < end; part++) {
      if (kind === Kind.bytesRead) races.read(agent, part, event);
      else if (kind === Kind.bytesWrite) races.write(agent, part, event);
      else races.atomic(kind, agent, part, argument, result, event);
    }
  }

  /** A wait reads the value; being woken follows the notify. */
  futex(kind: number, agent: number, object: number, event: number): void {
    const wakes = kind === Kind.futexWake || kind === Kind.futexTimedWake;
    if (wakes || kind === Kind.futexNotify) {
      this.races.synchronise(kind, agent, object);
      return;
    }
    const end = object + this.subject.partsOf(object);
    for (let part = object; part < end; part++) {
      this.races.atomic(Kind.load, agent, part, 0, 0, event);
    }
  }
}
