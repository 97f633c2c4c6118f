import { Random } from '../../src/execute/random.ts';
import { Mode, Op } from '../../src/trace/format/operation.ts';
import { makeTraceEvent, type TraceSink } from '../../src/trace/format/trace-event.ts';
import { TraceNames } from '../../src/trace/format/trace-names.ts';

/** What a made-up trace looks like. */
export interface WorkloadShape {
  readonly name: string;
  readonly agents: number;
  readonly locks: number;
  readonly events: number;
  /** Accesses inside of each critical section. */
  readonly accesses: number;
  /** Whether predictions suspect a word from the beginning on, which does not race. */
  readonly suspected?: boolean;
}

const fields = 4;
/** Lock classes; locks of one are instances, as objects of one sort in the kernel. */
const lockClasses = 100;
const wordsPerLock = 4;

/**
 * A trace without findings: agents take one or two locks, in one order, and access words that
 * belong to the lock, their own words, and words that everybody reads. Reads and writes are in
 * about the proportion that FastTrack's authors met (82 to 15).
 */
export class TraceWorkload {
  readonly shape: WorkloadShape;
  private numbers = new Int32Array(0);
  private length = 0;
  /** Who gets the events at once; undefined: they are kept. */
  private sink: TraceSink | undefined;
  private readonly event = makeTraceEvent();

  constructor(shape: WorkloadShape) {
    this.shape = shape;
  }

  /** Hands the events on as they are made up, and keeps none. */
  stream(sink: TraceSink): void {
    this.sink = sink;
    this.makeAnew();
    this.sink = undefined;
  }

  private makeAnew(): void {
    this.length = 0;
    const random = new Random();
    random.seed(1, 1);
    this.make(random);
  }

  names(): TraceNames {
    const names = new TraceNames();
    const { agents, locks } = this.shape;
    for (let agent = 0; agent < agents; agent++) names.agents.number(`agent ${agent}`);
    for (let lock = 0; lock < locks; lock++) {
      names.declareLock({ id: `lock ${lock}`, class: `class ${lock % lockClasses}` });
    }
    for (let word = 0; word < this.words; word++) names.word(`word ${word}`);
    return names;
  }

  /** Hands the events on; they are made up only once. */
  feed(sink: TraceSink): void {
    if (this.numbers.length === 0) {
      this.numbers = new Int32Array(this.shape.events * fields + 1024);
      this.makeAnew();
    }
    const { numbers, event } = this;
    for (let at = 0, line = 1; at < this.length; at += fields, line++) {
      event.op = numbers[at]!;
      event.agent = numbers[at + 1]!;
      event.object = numbers[at + 2]!;
      event.mode = numbers[at + 3]!;
      event.line = line;
      sink.event(event);
    }
  }

  private get words(): number {
    return this.shape.locks * wordsPerLock + this.shape.agents * 64 + 64;
  }

  private put(op: number, agent: number, object: number, mode: number = Mode.write): void {
    const at = this.length;
    if (this.sink !== undefined) {
      const { event } = this;
      event.op = op;
      event.agent = agent;
      event.object = object;
      event.mode = mode;
      event.line = at / fields + 1;
      this.length += fields;
      this.sink.event(event);
      return;
    }
    this.numbers[at] = op;
    this.numbers[at + 1] = agent;
    this.numbers[at + 2] = object;
    this.numbers[at + 3] = mode;
    this.length += fields;
  }

  private make(random: Random): void {
    const { agents, locks, events } = this.shape;
    // The words that everybody reads, written before anybody else is there.
    const common = locks * wordsPerLock;
    for (let word = 0; word < 64; word++) this.put(Op.write, 0, common + word);
    for (let agent = 1; agent < agents; agent++) this.put(Op.fork, 0, agent);
    if (this.shape.suspected === true) this.handOn(common + 127);
    while (this.length < events * fields) {
      const agent = random.below(agents);
      const outer = random.below(locks);
      // Classes are taken in the order of their numbers.
      const class2 = (outer % lockClasses) + 1 + random.below(5);
      const nested = class2 < lockClasses && random.below(2) === 0;
      const inner = class2 + lockClasses * random.below(Math.floor(locks / lockClasses));
      this.put(Op.acquire, agent, outer);
      if (nested) this.put(Op.acquire, agent, inner);
      for (let access = 0; access < this.shape.accesses; access++) {
        this.access(random, agent, outer);
      }
      if (nested) this.put(Op.release, agent, inner);
      this.put(Op.release, agent, outer);
    }
  }

  /** A word that nothing but two notes, one behind the other, keeps an agent from racing for. */
  private handOn(word: number): void {
    const note = (agent: number, lock: number, op: number): void => {
      this.put(Op.acquire, agent, lock);
      this.put(op, agent, lock * wordsPerLock);
      this.put(Op.release, agent, lock);
    };
    this.put(Op.write, 1, word);
    note(1, 0, Op.write);
    note(2, 0, Op.read);
    note(2, 1, Op.write);
    note(3, 1, Op.read);
    this.put(Op.write, 3, word);
  }

  private access(random: Random, agent: number, lock: number): void {
    const common = this.shape.locks * wordsPerLock;
    const where = random.below(10);
    const op = random.below(100) < 85 ? Op.read : Op.write;
    if (where < 2) this.put(Op.read, agent, common + random.below(64));
    else if (where < 6) this.put(op, agent, common + 64 + agent * 64 + random.below(8));
    else this.put(op, agent, lock * wordsPerLock + random.below(wordsPerLock));
  }
}
