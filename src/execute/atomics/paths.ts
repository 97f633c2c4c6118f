import type { Request } from './cells.ts';
import { MomentState, Moment } from './moments.ts';
import { resultBits } from '../../program/bytes.ts';
import { canFollow, type ScriptWriter } from './script-writer.ts';

/** Nodes that are remembered; beyond that all are forgotten. */
const nodesMax = 200_000;

/** Where results end: an edge by which a thread begins has none. */
const beginning = 2 ** 32;

/** What all threads have done so far in an execution, and where the last of them has come to. */
class PathNode {
  readonly moment: Moment;
  /** What the thread asks there, in its own terms. */
  request: Request | undefined;
  /** What unseen accesses changed on the way there: pairs of a word of the arena and its value. */
  pulled: readonly number[] | undefined;
  private firstKey = NaN;
  private firstChild: PathNode | undefined;
  private more: Map<number, PathNode> | undefined;

  constructor(moment: Moment) {
    this.moment = moment;
  }

  child(key: number): PathNode | undefined {
    return key === this.firstKey ? this.firstChild : this.more?.get(key);
  }

  add(key: number, child: PathNode): void {
    if (this.firstChild === undefined) {
      this.firstKey = key;
      this.firstChild = child;
    } else (this.more ??= new Map()).set(key, child);
  }
}

/**
 * Executions of threads that read shared memory unseen, as a tree. What such a thread does next
 * follows from what it has been answered and from what all others have done before; so a node is
 * the whole order so far. As long as an execution is a known one it goes into the script, and the
 * threads carry it out, and are found to do the same, by themselves; from where it is new they are
 * asked at each step.
 */
export class Paths {
  private root = new PathNode(new Moment(undefined, 0));
  private nodes = 0;
  /** Whether there is nothing that a script cannot have. */
  private able = true;
  /** Where this execution is; undefined: it is not remembered. */
  private node: PathNode | undefined;
  /** Each thread's last node. */
  private readonly at: (PathNode | undefined)[] = [];
  /** Whether all of this execution so far is in the script, and nothing of it is carried out. */
  private known = false;
  private readonly script: ScriptWriter;
  private readonly live: (Moment | undefined)[];
  private readonly memory: Int32Array;

  /**
   * @param live - where each thread really stands, where it is asked; undefined: at its beginning
   * @param memory - the arena's words
   */
  constructor(script: ScriptWriter, live: (Moment | undefined)[], memory: Int32Array) {
    this.script = script;
    this.live = live;
    this.memory = memory;
  }

  /** An execution begins. @param remembered - whether it may be a known one, or become it */
  begin(remembered: boolean): void {
    this.script.end();
    if (this.nodes > nodesMax) {
      this.root = new PathNode(new Moment(undefined, 0));
      this.nodes = 0;
    }
    this.node = this.able && remembered ? this.root : undefined;
    this.at.fill(undefined);
    this.known = this.node !== undefined;
    if (!this.known) this.goLive();
  }

  /**
   * A thread goes on.
   *
   * @param from - where it has been; undefined: it begins
   * @returns where it comes to; unknown, if it must be asked, and then all threads really stand
   *   where they are
   */
  enter(thread: number, from?: Moment, result = 0): Moment {
    const key = thread + 32 * (from === undefined ? beginning : result);
    const child = this.node?.child(key);
    if (child === undefined) return this.leave(thread, key, from, result);
    this.write(thread, child, result);
    this.node = this.at[thread] = child;
    const { pulled } = child;
    if (pulled !== undefined) {
      for (let i = 0; i < pulled.length; i += 2) this.memory[pulled[i]!] = pulled[i + 1]!;
    }
    return child.moment;
  }

  /** A thread was asked where it has come to. */
  note(thread: number, request: Request, pulled: readonly number[] | undefined): void {
    const node = this.at[thread];
    if (node === undefined || node !== this.node) return;
    const { what, buffer, byte, width, low, high, low2, high2, timed } = request;
    node.request = { what, buffer, byte, width, low, high, low2, high2, timed };
    node.pulled = pulled;
    const { state } = node.moment;
    if (state === MomentState.operation && !canFollow(what)) this.forget();
  }

  /** There is something that a script cannot have: from now on threads are asked at each step. */
  forget(): void {
    this.able = false;
    this.node = undefined;
  }

  /** Returns when the execution has really come to where it is known to be. */
  settle(): void {
    if (!this.known) return;
    this.script.end();
    this.script.settle();
    this.known = false;
  }

  private write(thread: number, child: PathNode, result: number): void {
    const { script } = this;
    const before = this.at[thread];
    if (before === undefined) script.begin(thread);
    else {
      const { low, high } = resultBits(before.moment.width === 8 ? 8 : 4, result);
      script.step(thread, before.request!, low, high);
    }
    if (child.moment.state !== MomentState.operation) script.ended(thread, child.moment);
  }

  /** From here on the execution is new. */
  private leave(thread: number, key: number, from: Moment | undefined, result: number): Moment {
    if (this.known) this.goLive();
    const moment = new Moment(from, result);
    if (this.node === undefined) return moment;
    const child = new PathNode(moment);
    this.nodes++;
    this.node.add(key, child);
    this.node = this.at[thread] = child;
    return moment;
  }

  private goLive(): void {
    this.known = false;
    this.script.stand();
    this.live.fill(undefined);
    for (const [thread, node] of this.at.entries()) this.live[thread] = node?.moment;
  }
}
