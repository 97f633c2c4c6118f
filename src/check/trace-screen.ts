import type { Subject } from '../trace/subject.ts';
import { eventSize, type EventLog } from '../trace/event.ts';
import { Kind } from '../program/kinds.ts';
import {
  Access,
  failed,
  Failure,
  Hold,
  notGranted,
  operationTable,
  Order,
} from '../program/operation-table.ts';
import type { Finding } from './finding.ts';
import { Mode, type HeldLocks } from './held-locks.ts';
import { KnownCycles } from './known-cycles.ts';
import { Chain, chainCodeBits } from './lock-chains.ts';
import type { LockOrder } from './lock-order.ts';
import { isTry, Role, roleOf } from './roles.ts';

/** What an event means to the screen, by kind. */
const Part = {
  /** Nothing: it takes no lock and accesses no word; that it may order others is left out. */
  nothing: 0,
  access: 1,
  take: 2,
  drop: 3,
  assert: 4,
  assertNone: 5,
  /** The screen does not know what follows from it. */
  unknown: 6,
} as const;

const partOf = Uint8Array.from(operationTable, (_, kind) => part(kind));

/** What the inner loop asks of a kind, as bits; 0: nothing. The first two bits say what access. */
const Way = {
  accesses: 3,
  plain: 1,
  write: 2,
  access: 4,
  /** Takes a lock for writing, for sure; gives one back that was taken for writing. */
  take: 8,
  drop: 16,
  special: 32,
} as const;

const wayOf = Uint8Array.from(operationTable, (_, kind) => way(kind));

// Constants of other modules are not constants to the compiler.
const size = eventSize;
const quiet = Chain.quiet;
const codeBits = chainCodeBits;

/**
 * What is kept of each word, in turn: the execution that the rest is of, and how the word was
 * accessed; the agents that did, as a mask; the locks that were held at all accesses, for writing
 * at writes.
 */
const At = { head: 0, agents: 1, guards: 2 } as const;
const wordBits = 2;
const headBits = 2;
/** Executions after which the numbers begin anew. */
const runsMax = 1 << 28;

/** Failures in which the screen gains as much as one execution costs that it does not settle. */
const patience = 64;
/** Executions that are not screened once patience is lost. */
const pause = 2048;

/**
 * Looks through the events of an execution that has ended in order, and says of most of them that
 * the checkers would find nothing in it but what they have found before. It is much cheaper than
 * they are, and errs on one side only: what it cannot say of an execution the checkers are asked.
 *
 * - *Lock order, recursion, what is held at the end:* an agent that goes from a known chain of
 *   locks (`LockChains`) to a known one shows nothing new; chains that may be part of a cycle are
 *   collected, and what they show together is looked up (`KnownCycles`).
 * - *Races:* accesses to a word cannot race if some lock is held at each of them, and for writing
 *   at each write (Savage et al., "Eraser", TOCS 1997): the lock orders them. Nor can they if one
 *   agent does all of them, if none writes, or if none is plain.
 * - *Deadlock:* agents in a ring of waits never end; here all have ended.
 *
 * Memory that comes and goes, agents that are spawned, and accesses to bytes it knows nothing of;
 * nor what is declared of words and locks, so that programs with such are not screened.
 */
export class TraceScreen {
  private readonly subject: Subject;
  private readonly order: LockOrder;
  private readonly held: HeldLocks;
  private readonly cycles = new KnownCycles();
  /** The chain at which each agent stands. */
  private readonly nodes: Int32Array;
  /** What is kept of words. */
  private readonly words: Int32Array;
  /** By chain: the last execution that went through it, of the marked ones. */
  private stamps = new Int32Array(256);
  /** The marked chains of this execution. */
  private marked = new Int32Array(64);
  private markedCount = 0;
  private run = 0;
  /** What it is worth to screen on; below 0 it is the number of executions that are let pass. */
  private credit = patience;

  constructor(subject: Subject, held: HeldLocks, order: LockOrder) {
    this.subject = subject;
    this.held = held;
    this.order = order;
    this.nodes = new Int32Array(subject.agentCount);
    this.words = new Int32Array(subject.wordCount << wordBits);
  }

  /**
   * What a completed execution shows, as far as checkers go; undefined if they must be asked. Then
   * `learn` is to be called when they have been.
   */
  shown(log: EventLog): readonly Finding[] | undefined {
    this.markedCount = -1;
    if (this.credit < 0) {
      if (++this.credit === 0) this.credit = patience >> 1;
      return undefined;
    }
    const { chains } = this.order;
    if (this.order.mark()) this.cycles.clear();
    if (this.stamps.length < chains.count) this.stamps = new Int32Array(chains.verdicts.length);
    if (++this.run === runsMax) {
      this.run = 1;
      this.words.fill(0);
      this.stamps.fill(0);
    }
    this.markedCount = 0;
    for (let agent = 0; agent < this.nodes.length; agent++) this.nodes[agent] = agent + 1;
    let shown: readonly Finding[] | undefined;
    if (this.passes(log) && this.nothingHeld()) {
      shown = this.cycles.shown(this.marked, this.markedCount, this.stamps, this.run);
    } else {
      this.markedCount = -1;
    }
    if (shown !== undefined) this.credit = Math.min(this.credit + 1, patience);
    else if ((this.credit -= 2) < 0) this.credit = -pause;
    return shown;
  }

  /** The checkers have just been asked about the execution that was looked through last. */
  learn(): void {
    if (this.markedCount < 0) return;
    this.cycles.learn(this.marked, this.markedCount, this.order.said);
  }

  /** Whether no event says more than which marked chains there were. */
  private passes(log: EventLog): boolean {
    const { numbers } = log;
    const end = log.length * size;
    for (let at = this.look(numbers, 0, end); at < end; at = this.look(numbers, at, end)) {
      if (!this.passesSpecial(numbers, at)) return false;
      at += size;
    }
    return true;
  }

  /**
   * Goes through the events from one on, up to the end or to the first that is not an everyday one.
   * Nothing is called in this loop, as in `TraceRecorder`.
   */
  private look(numbers: Int32Array, from: number, end: number): number {
    const { nodes, words, stamps, run } = this;
    const { writing, holding, verdicts, code, child, sibling, parent } = this.order.chains;
    const runHead = run << headBits;
    let at = from;
    for (; at < end; at += size) {
      const way = wayOf[numbers[at]!]!;
      if (way === 0) continue;
      const agent = numbers[at + 1]!;
      const object = numbers[at + 2]!;
      const node = nodes[agent]!;
      if ((way & Way.access) !== 0) {
        const locks = (way & Way.write) !== 0 ? writing[node]! : holding[node]!;
        const place = object << wordBits;
        const head = words[place]!;
        if (head >> headBits !== run) {
          words[place] = runHead | (way & Way.accesses);
          words[place + At.agents] = 1 << agent;
          words[place + At.guards] = locks;
          continue;
        }
        const agents = words[place + At.agents]! | (1 << agent);
        const guards = words[place + At.guards]! & locks;
        words[place] = head | (way & Way.accesses);
        words[place + At.agents] = agents;
        words[place + At.guards] = guards;
        const alone = (agents & (agents - 1)) === 0;
        if (guards === 0 && !alone && ((head | way) & Way.accesses) === Way.accesses) break;
      } else if ((way & Way.take) !== 0) {
        const wanted = object << codeBits;
        let next = child[node]!;
        while (next !== 0 && code[next] !== wanted) next = sibling[next]!;
        if (verdicts[next] !== quiet && stamps[next] !== run) break;
        nodes[agent] = next;
      } else {
        const innermost = code[node]! >> 1 === object << (codeBits - 1);
        if ((way & Way.drop) === 0 || !innermost) break;
        nodes[agent] = parent[node]!;
      }
    }
    return at;
  }

  /** An event that is not an everyday one: whether it says nothing new. */
  private passesSpecial(numbers: Int32Array, at: number): boolean {
    const { nodes } = this;
    const kind = numbers[at]!;
    const agent = numbers[at + 1]!;
    const object = numbers[at + 2]!;
    const result = numbers[at + 4]!;
    switch (partOf[kind]) {
      case Part.take:
        if (result === notGranted || failed(kind, result, numbers[at + 3]!)) return true;
        return this.take(kind, agent, object);
      case Part.drop:
        nodes[agent] = this.order.chains.without(nodes[agent]!, object, dropsWrite(kind));
        return nodes[agent] !== 0;
      case Part.assert:
        return this.asserts(kind, agent, object);
      case Part.assertNone:
        return this.order.chains.isRoot(nodes[agent]!);
      default:
        // An access here may be in a race.
        return false;
    }
  }

  /** The agent takes a lock: whether that is known. */
  private take(kind: number, agent: number, object: number): boolean {
    const { chains } = this.order;
    const writing = operationTable[kind]!.hold === Hold.takeWrite;
    const mode = writing ? Mode.write : this.held.readMode(object);
    const node = chains.known(this.nodes[agent]!, object, mode, isTry(kind));
    this.nodes[agent] = node;
    const verdict = chains.verdicts[node]!;
    if (verdict === Chain.marked && this.stamps[node] !== this.run) this.note(node);
    return verdict !== Chain.unknown;
  }

  private note(node: number): void {
    this.stamps[node] = this.run;
    if (this.markedCount === this.marked.length) {
      const larger = new Int32Array(this.marked.length * 2);
      larger.set(this.marked);
      this.marked = larger;
    }
    this.marked[this.markedCount++] = node;
  }

  /** Whether what an agent asserts of its locks holds. */
  private asserts(kind: number, agent: number, object: number): boolean {
    const mode = this.order.chains.modeOf(this.nodes[agent]!, object);
    switch (kind) {
      case Kind.assertHeld:
        return mode >= 0;
      case Kind.assertHeldWrite:
        return mode === Mode.write;
      case Kind.assertHeldRead:
        return mode === Mode.read || mode === Mode.recursiveRead;
      default:
        return mode < 0;
    }
  }

  /** Whether all agents that were not to die have given back what they took. */
  private nothingHeld(): boolean {
    const { mortals } = this.subject;
    for (let agent = 0; agent < this.nodes.length; agent++) {
      if (this.order.chains.isRoot(this.nodes[agent]!)) continue;
      if ((mortals & (1 << agent)) === 0) return false;
    }
    return true;
  }
}

function part(kind: number): number {
  const { hold } = operationTable[kind]!;
  switch (roleOf[kind]) {
    case Role.read:
    case Role.write:
    case Role.atomic:
      return Part.access;
    case Role.lock:
      if (ofReference(kind) || hold === Hold.toRead) return Part.unknown;
      if (hold === Hold.none) return Part.nothing;
      return hold === Hold.drop ? Part.drop : Part.take;
    case Role.annotation:
      return Part.assert;
    case Role.section:
      return kind === Kind.assertNoneHeld ? Part.assertNone : Part.nothing;
    case Role.none:
    case Role.wait:
    case Role.exit:
      return Part.nothing;
    default:
      return Part.unknown;
  }
}

function way(kind: number): number {
  const { access, failure, followUp, hold } = operationTable[kind]!;
  const role = roleOf[kind];
  const sure = failure === Failure.never && followUp === Kind.none;
  switch (part(kind)) {
    case Part.nothing:
      return 0;
    case Part.access:
      if (role === Role.read) return Way.access | Way.plain;
      if (role === Role.write) return Way.access | Way.plain | Way.write;
      return access === Access.read ? Way.access : Way.access | Way.write;
    case Part.take:
      return hold === Hold.takeWrite && sure ? Way.take : Way.special;
    case Part.drop:
      return dropsWrite(kind) ? Way.drop : Way.special;
    default:
      return Way.special;
  }
}

function dropsWrite(kind: number): boolean {
  return operationTable[kind]!.releases === Order.writers;
}

/** Operations on an `ActiveRef`, which lets nobody in for writing, and is drained. */
function ofReference(kind: number): boolean {
  return kind >= Kind.activate && kind <= Kind.drain;
}
