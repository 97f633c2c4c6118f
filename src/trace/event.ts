/**
 * The event: what checkers eat. An executor hands events over as five small integers, in the order
 * in which they took effect, so that nothing is allocated; a recorded event is the same five, and
 * `EventLog` keeps them in a flat array.
 */

/** Receives events in the order in which they took effect. */
export interface EventSink {
  /**
   * @param kind - what happened (`program/kinds.ts`)
   * @param agent - who did it
   * @param object - to which object
   * @param argument - the operation's argument; for `wait`, the kind of the operation that waits
   * @param result - what the operation answered
   */
  event(kind: number, agent: number, object: number, argument: number, result: number): void;
}

/** Hands every event to two sinks, one after the other. */
export class Tee implements EventSink {
  private readonly first: EventSink;
  private readonly second: EventSink;

  constructor(first: EventSink, second: EventSink) {
    this.first = first;
    this.second = second;
  }

  event(kind: number, agent: number, object: number, argument: number, result: number): void {
    this.first.event(kind, agent, object, argument, result);
    this.second.event(kind, agent, object, argument, result);
  }
}

/** Numbers that one event takes in a log. */
export const eventSize = 5;

/** Events of one execution, in a flat array that grows and is used again. */
export class EventLog implements EventSink {
  /** The events' numbers, one event after the other: for loops that must be fast. */
  numbers: Int32Array = new Int32Array(eventSize * 256);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  event(kind: number, agent: number, object: number, argument: number, result: number): void {
    let at = this.length * eventSize;
    if (at === this.numbers.length) {
      const larger = new Int32Array(this.numbers.length * 2);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    const numbers = this.numbers;
    numbers[at++] = kind;
    numbers[at++] = agent;
    numbers[at++] = object;
    numbers[at++] = argument;
    numbers[at] = result;
    this.length++;
  }

  kind(index: number): number {
    return this.numbers[index * eventSize]!;
  }

  agent(index: number): number {
    return this.numbers[index * eventSize + 1]!;
  }

  object(index: number): number {
    return this.numbers[index * eventSize + 2]!;
  }

  argument(index: number): number {
    return this.numbers[index * eventSize + 3]!;
  }

  result(index: number): number {
    return this.numbers[index * eventSize + 4]!;
  }

  /** Hands all events to a sink, in order. */
  feed(sink: EventSink): void {
    const n = this.numbers;
    for (let at = 0, end = this.length * eventSize; at < end; at += eventSize) {
      sink.event(n[at]!, n[at + 1]!, n[at + 2]!, n[at + 3]!, n[at + 4]!);
    }
  }
}
