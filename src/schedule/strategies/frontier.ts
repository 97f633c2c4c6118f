import type { Machine } from '../../execute/machine.ts';
import { countOf, firstOf, type Strategy } from '../../execute/strategy.ts';
import { Random } from '../../execute/random.ts';

/** Chance that an execution begins by returning to a known state, in percent. */
const returnPercent = 70;
/** Known states among which the one that was met least often is chosen. */
const candidates = 4;
/** Known states are kept up to this number, and up to as many choices in all. */
const statesMax = 1 << 17;
const choicesMax = 1 << 24;
/** Words of memory that are looked at for a step, on average. */
const wordsPerStep = 512;

/**
 * First return, then explore (Ecoffet, Huizinga, Lehman, Stanley, Clune, Nature 590, 2021, there
 * for games): states that executions have come to are kept with the choices that led there; an
 * execution repeats the choices of a state that was met seldom, and goes on at random from there.
 * So what needs many unlikely choices one after the other is found piece by piece. A step is made
 * by the agent of the last one with even chance, by another one otherwise: deep bugs want runs of
 * steps.
 *
 * A state is known by a hash of the words and of the operations that agents are at. What agents
 * have in their own variables is not in it: that makes fewer states, and the choices of a state
 * are those of one execution that came there, so that returning there is exact all the same.
 */
export class Frontier implements Strategy {
  readonly name = 'frontier';
  readonly everyStep = true;
  readonly repeats = true;
  readonly learns = true;
  readonly options: { readonly seed: number };
  private readonly random = new Random();
  /** The number of each known state. */
  private readonly states = new Map<number, number>();
  /** How often each was met or returned to. */
  private readonly met = new Uint32Array(statesMax);
  /** Where the choices of each begin and end in `choices`. */
  private readonly from = new Uint32Array(statesMax);
  private readonly to = new Uint32Array(statesMax);
  private choices = new Uint8Array(1 << 12);
  private choicesCount = 0;
  /** The choices of the present execution. */
  private path = new Uint8Array(256);
  private depth = 0;
  /** The part of `choices` that is to be repeated. */
  private next = 0;
  private stop = 0;

  constructor(options: { readonly seed: number }) {
    this.options = options;
  }

  /** States that are kept. */
  get statesKept(): number {
    return this.states.size;
  }

  begin(execution: number): boolean {
    const { random, states } = this;
    random.seed(this.options.seed, execution);
    this.depth = 0;
    this.next = 0;
    this.stop = 0;
    if (states.size === 0 || random.below(100) >= returnPercent) return true;
    let state = random.next() % states.size;
    for (let others = 1; others < candidates; others++) {
      const other = random.next() % states.size;
      if (this.met[other]! < this.met[state]!) state = other;
    }
    this.met[state] = this.met[state]! + 1;
    this.next = this.from[state]!;
    this.stop = this.to[state]!;
    return true;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const stride = 1 + Math.floor(machine.memory.length / wordsPerStep);
    if (this.next >= this.stop && this.depth % stride === 0) this.note(keyOf(machine));
    const chosen = this.pick(enabled, current);
    if (this.depth === this.path.length) this.path = twice(this.path);
    this.path[this.depth++] = chosen;
    return chosen;
  }

  end(): void {
    // What is learned is learned on the way.
  }

  private pick(enabled: number, current: number): number {
    if (this.next < this.stop) {
      const chosen = this.choices[this.next++]!;
      if ((enabled & (1 << chosen)) !== 0) return chosen;
      this.next = this.stop;
    }
    const others = current >= 0 ? enabled & ~(1 << current) : enabled;
    if (others === 0) return current;
    if (others !== enabled && this.random.below(2) === 0) return current;
    let left = others;
    for (let skip = this.random.below(countOf(others)); skip > 0; skip--) left &= left - 1;
    return firstOf(left);
  }

  private note(key: number): void {
    const { states } = this;
    const known = states.get(key);
    if (known !== undefined) {
      this.met[known] = this.met[known]! + 1;
      return;
    }
    const begin = this.choicesCount;
    if (states.size === statesMax || begin + this.depth > choicesMax) return;
    while (begin + this.depth > this.choices.length) this.choices = twice(this.choices);
    this.choices.set(this.path.subarray(0, this.depth), begin);
    this.choicesCount += this.depth;
    const state = states.size;
    states.set(key, state);
    this.met[state] = 1;
    this.from[state] = begin;
    this.to[state] = this.choicesCount;
  }
}

/** 53 bits for the words and the operations that agents are at. */
function keyOf(machine: Machine): number {
  const { memory, pendingKind, pendingObject, pendingArgument, pendingArgument2 } = machine;
  let one = machine.alive;
  let other = 17;
  for (let at = 0; at < memory.length; at++) {
    one = mix(one, memory[at]!);
    other = (Math.imul(other ^ memory[at]!, 0x01000193) + at) | 0;
  }
  for (let left = machine.alive; left !== 0; left &= left - 1) {
    const agent = firstOf(left);
    const what = Math.imul(pendingObject[agent]!, 128) + pendingKind[agent]!;
    const operands = Math.imul(pendingArgument[agent]!, 31) + pendingArgument2[agent]!;
    one = mix(mix(one, what), operands);
    other = Math.imul(Math.imul(other ^ what, 0x01000193) ^ operands, 0x01000193);
  }
  return (one >>> 0) * 0x200000 + (other >>> 11);
}

function mix(one: number, other: number): number {
  const turned = one ^ ((other << 15) | (other >>> 17));
  const bits = Math.imul(turned, 0x2545f491) + Math.imul(other, 0x9e3779b1);
  return ((bits ^ (bits >>> 15)) + 0x7f4a7c15) | 0;
}

function twice(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}
