import { createHash } from 'node:crypto';
import type { ThreadControl } from '../../src/execute/atomics/check-module.ts';
import { Joints, type Method } from './joints.ts';

/** Fields that each call sets before it reads them, and what they hold in between. */
const spoiled: Readonly<Record<string, unknown>> = {
  expected: 0x5eed0001,
  ticket: 0x5eed0002,
  outcome: 'left from an earlier call',
};

/** A method that is being run, and what it was given. */
interface Running {
  readonly method: Method;
  readonly given: readonly unknown[];
}

/** A field that an object had when it was made. */
interface Field {
  readonly owner: Record<string, unknown>;
  readonly name: string;
  readonly first: unknown;
}

/** Of all locks that the thread has had. */
const joints = new Joints();
/** Prototypes with methods that tell of each call, by those that they stand for. */
const watched = new Map<object, object>();
/** Hashes of texts. */
const hashes = new Map<string, string>();
/** Of the run that is on. */
let present: Course | undefined;

/**
 * How far a thread has come with the calls of its program. Between two calls of a lock it says that
 * all that matters of it is where it is in its program, what its calls have given, and what its
 * locks keep in fields of their own. Fields that no call reads before it has set them are spoiled,
 * so that a call which did would go wrong in all orders.
 */
export class Course {
  private readonly control: ThreadControl;
  private readonly fields: Field[] = [];
  /** The locks and all that belongs to them, by number. */
  private readonly objects = new Map<object, number>();
  /** What the fields held in the beginning: not the same in all orders. */
  private readonly beginning: string;
  private readonly results: unknown[] = [];
  private readonly keeps = (): unknown[] => this.kept();
  /** The methods of locks that are being run. */
  private readonly callers: Running[] = [];

  private constructor(control: ThreadControl, locks: readonly object[]) {
    this.control = control;
    for (const lock of locks) this.collect(lock);
    const first = JSON.stringify(this.fields.map(({ first: value }) => textOf(value)));
    this.beginning = hashOf(first);
  }

  /** A run begins; the one before is over. */
  static begin(control: ThreadControl, locks: readonly object[]): Course {
    present = new Course(control, locks);
    return present;
  }

  /** A call is over. */
  add(result: unknown): void {
    this.results.push(result);
    this.rest();
  }

  /** All results, when all calls are over. */
  get all(): readonly unknown[] {
    return this.results;
  }

  /** The thread is between two calls of its lock. @param local - what it has in its hands */
  rest(...local: unknown[]): void {
    for (const { owner, name } of this.fields) {
      if (name in spoiled) owner[name] = spoiled[name];
    }
    this.control.dependsOn([this.beginning, this.results, local, this.kept()]);
  }

  /** What the locks' fields hold that they did not hold in the beginning. */
  private kept(): unknown[] {
    const kept: unknown[] = [];
    for (const [at, { owner, name, first }] of this.fields.entries()) {
      const value = owner[name];
      if (value === first) continue;
      if (typeof value === 'object') throw new Error(`[internal] a lock has another ${name}`);
      kept.push(at, value);
    }
    return kept;
  }

  /** A method of a lock is called: only what it returns is left of it, and the fields. */
  called(lock: Record<string, unknown>, name: string, running: Running): unknown {
    this.join(lock, name, running.given);
    this.callers.push(running);
    try {
      const { method, given } = running;
      return this.control.call(() => Reflect.apply(method, lock, given), this.keeps);
    } finally {
      this.callers.pop();
    }
  }

  /** A call of a lock's method, by a method that may hold nothing: then it says so. */
  private join(lock: Record<string, unknown>, name: string, given: readonly unknown[]): void {
    const caller = this.callers.at(-1);
    if (caller === undefined || !given.every((one) => this.isPlain(one))) return;
    const turn = name === 'contend' && caller.method.name === 'block';
    if (turn ? caller.given[0] !== Infinity : !joints.at(caller.method, name)) return;
    // The loop of `Waitable.block`, which keeps nothing from one turn to the next without a limit.
    if (turn) lock['expected'] = spoiled['expected'];
    const named = given.map((one) => (typeof one === 'object' ? this.objects.get(one!) : one));
    this.control.dependsOn([name, named, this.kept()]);
  }

  /** Whether a call's argument can be told by what is said of it. */
  private isPlain(value: unknown): boolean {
    if (typeof value === 'object') return value !== null && this.objects.has(value);
    return typeof value !== 'function';
  }

  private collect(object: object): void {
    if (this.objects.has(object) || !isOfLocks(object)) return;
    this.objects.set(object, this.objects.size);
    const owner = object as Record<string, unknown>;
    for (const name of Object.keys(owner)) {
      const first = owner[name];
      this.fields.push({ owner, name, first });
      if (typeof first === 'object' && first !== null) this.collect(first);
    }
    Object.setPrototypeOf(owner, watchedOf(Object.getPrototypeOf(owner) as object));
  }
}

/** The prototype that is to stand for another one. */
function watchedOf(proto: object): object {
  const known = watched.get(proto);
  if (known !== undefined) return known;
  const made = Object.create(proto) as object;
  for (const [name, descriptor] of methodsOf(proto)) {
    const get = Reflect.get(descriptor, 'get') as Method | undefined;
    const method = get ?? (descriptor.value as Method);
    if (name === 'constructor' || typeof method !== 'function') continue;
    if (get !== undefined) joints.getters.add(name);
    const call = function (this: Record<string, unknown>, ...given: unknown[]): unknown {
      return present!.called(this, name, { method, given });
    };
    Object.defineProperty(made, name, get === undefined ? { value: call } : { get: call });
  }
  watched.set(proto, made);
  return made;
}

function hashOf(text: string): string {
  let hash = hashes.get(text);
  if (hash === undefined) {
    hash = createHash('sha1').update(text).digest('base64');
    hashes.set(text, hash);
  }
  return hash;
}

/** A value that an object holds by itself; of other objects nothing: what they hold is theirs. */
function textOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? '' : String(value as string | number | boolean);
}

/** Whether an object is of a class that is written in JavaScript, and no buffer, view or set. */
function isOfLocks(object: object): boolean {
  return Function.prototype.toString.call(object.constructor).startsWith('class');
}

/** All methods and getters of a prototype, the inherited ones included. */
function methodsOf(first: object): Map<string, PropertyDescriptor> {
  const methods = new Map<string, PropertyDescriptor>();
  let proto = first;
  for (; proto !== Object.prototype; proto = Object.getPrototypeOf(proto) as object) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
      if (!methods.has(name)) methods.set(name, descriptor);
    }
  }
  return methods;
}
