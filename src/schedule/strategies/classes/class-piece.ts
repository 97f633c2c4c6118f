import type { TurnRead } from '../../../execute/retry-loops.ts';
import type { Footprints } from '../dpor/footprints.ts';
import { ClassNode, type Barred, type Child, type Head, type NodeSort } from './class-node.ts';
import type { KnownWords } from './compared-words.ts';

/** What a choice is about, the same in every execution. Plain data, as all here. */
export interface PlainChoice {
  readonly sort: NodeSort;
  readonly counts: readonly number[];
  /** Agent, index, kind, object, both arguments, and the beginning of its turn. */
  readonly doing: readonly number[];
  /** Of a retry: what its turn has read. */
  readonly reads?: readonly TurnRead[];
  readonly barred: Barred;
}

/** A choice on the way to what is run. */
export interface PlainNode {
  readonly choice: PlainChoice;
  /** The event that its answer is about, on that way; undefined: its agent never goes on. */
  readonly head?: Head | undefined;
  /** Answers that need not be told of. */
  readonly keys: readonly string[];
}

/** A part of the search, which one thread runs by itself: all that begins with some events. */
export interface ClassPiece {
  readonly words: KnownWords;
  /** The choices before it. */
  readonly above: readonly PlainNode[];
  readonly begin: Beginning;
}

/** How a piece begins. */
export interface Beginning {
  /**
   * `new`: the whole search; `answer`: with an answer to the last choice; `order`: with events that
   * have been run, all choices being answered, in another order; `end`: the same, for nothing but
   * the words in its end.
   */
  readonly sort: 'new' | 'answer' | 'order' | 'end';
  /** Undefined if new. */
  readonly child?: Child | undefined;
}

/** What a piece gives away, or what is left of it: choices below each other. */
export interface ClassShare {
  /** Of the choice above all of these. */
  readonly head?: Head | undefined;
  readonly nodes: readonly (PlainNode & { readonly pending: readonly Child[] })[];
  /** Orders that are still to be run below the last one. */
  readonly orders: readonly Child[];
  readonly ordersSort: 'order' | 'end';
}

/** What a piece tells the division; the answer is whether it is to go on. */
export interface ClassNews {
  readonly words?: KnownWords | undefined;
  /** Answers to choices above the piece, by their depth. */
  readonly answers: readonly { readonly depth: number; readonly child: Child }[];
}

export function plainNode(node: ClassNode, footprints: Footprints): PlainNode {
  const { sort, counts, doing, barred, head, keys } = node;
  const { agent, index, kind, object, argument, argument2, turn, began } = doing;
  const choice: PlainChoice = {
    sort,
    counts: [...counts],
    doing: [agent, index, kind, object, argument, argument2, began],
    ...(turn < 0 ? {} : { reads: footprints.readsOf(turn) }),
    barred,
  };
  return { choice, head: plainHead(head), keys: [...keys] };
}

export function plainHead(head: Head | undefined): Head | undefined {
  return head === undefined ? undefined : { agent: head.agent, index: head.index };
}

export function nodeOf({ choice, head, keys }: PlainNode, footprints: Footprints): ClassNode {
  const { sort, counts, reads, barred } = choice;
  const [agent, index, kind, object, argument, argument2, began] = choice.doing as Seven;
  const turn = reads === undefined ? -1 : footprints.turn(reads);
  const doing = { agent, index, kind, object, argument, argument2, turn, began };
  const node = new ClassNode({ sort, counts: Int32Array.from(counts), doing, barred }, keys);
  node.head = head;
  return node;
}

type Seven = [number, number, number, number, number, number, number];
