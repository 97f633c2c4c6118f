import { createRequire, syncBuiltinESMExports } from 'node:module';
import { What } from './channel.ts';
import {
  fromPlain,
  fromText,
  toPlain,
  toText,
  type ValueMaker,
  type ValueReviver,
} from './shared-values.ts';
import type { ThreadDoor } from './thread-door.ts';

/** One end of a channel between threads under control. */
export interface PortEnd {
  /** Messages to this end come in here. */
  readonly number: number;
}

/** The number of the other end: a channel's ends are 2n and 2n + 1. */
export function otherEnd(number: number): number {
  return number ^ 1;
}

const ends = new WeakMap<object, number>();

/** The number of a port, or -1 if the value is none. */
export function portNumber(value: object): number {
  return ends.get(value) ?? -1;
}

/** A port before it belongs to a thread: what `MessageChannel` gives out during the set-up. */
export class PortStandIn {
  constructor(number: number) {
    ends.set(this, number);
  }
}

/** A thread's side of a port: `postMessage`, and what `receiveMessageOnPort` asks for. */
export class ThreadPort {
  private readonly door: ThreadDoor;
  private readonly maker: ValueMaker;

  constructor(number: number, door: ThreadDoor, maker: ValueMaker) {
    ends.set(this, number);
    this.door = door;
    this.maker = maker;
  }

  postMessage(message: unknown): void {
    const text = toText(toPlain(message, this.maker, 'message'));
    this.door.askWith(What.send, otherEnd(portNumber(this)), text);
  }

  close(): void {
    // Nothing is kept open.
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** Lets `receiveMessageOnPort` know ports under control. */
export function installReceive(door: ThreadDoor, reviver: () => ValueReviver): void {
  const threads = createRequire(import.meta.url)('node:worker_threads') as {
    receiveMessageOnPort: (port: object) => { message: unknown } | undefined;
  };
  const before = threads.receiveMessageOnPort;
  threads.receiveMessageOnPort = (port) => {
    const number = portNumber(port);
    if (number < 0) return before(port);
    door.ask(What.receive, number, 0, 0);
    if (door.low === 0) return undefined;
    return { message: fromPlain(fromText(door.text), reviver()) };
  };
  syncBuiltinESMExports();
}
