import { ObjectType } from '../program/kinds.ts';
import { MutexAt } from '../program/layout.ts';
import type { AgentFunction, Self } from '../program/scenario.ts';
import type { Arena } from '../program/arena.ts';

/** Objects whose words hold no number of an agent, but for the owner of a mutex or spin lock. */
const plainTypes: ReadonlySet<number> = new Set([
  ObjectType.word,
  ObjectType.mutex,
  ObjectType.spinLock,
  ObjectType.completion,
]);

/**
 * Agents that run the same function, as far as they cannot tell themselves apart: if two of them
 * have been answered the same, to exchange them changes nothing that anybody could see.
 *
 * An agent tells itself apart by looking at `self`, or by `currentAgent()`: then it and those who
 * run its function are alike no more. Where objects keep numbers of agents otherwise than as an
 * owner (all locks with readers, references, agents that are spawned), nobody is alike.
 */
export class Alike {
  /** Words that hold the number of an agent + 1, or 0. */
  readonly owners: readonly number[];
  /** For each agent the first one that is like it; itself if there is none before it. */
  private readonly firsts: number[];
  private liked = 0;
  /** Agents that have told themselves apart from others. */
  apart = 0;
  /** How often agents have turned out not to be alike. */
  changes = 0;

  constructor(functions: readonly AgentFunction<never>[], arena: Arena) {
    const { objects } = arena;
    const plain = objects.every(({ type }) => plainTypes.has(type));
    this.firsts = functions.map((one, agent) => (plain ? functions.indexOf(one) : agent));
    for (const [agent, first] of this.firsts.entries()) {
      if (first !== agent) this.liked |= (1 << agent) | (1 << first);
    }
    this.owners = objects
      .filter(({ type }) => type === ObjectType.mutex || type === ObjectType.spinLock)
      .map(({ base }) => base + MutexAt.owner);
  }

  /** The first agent that is like this one. */
  first(agent: number): number {
    return this.firsts[agent]!;
  }

  /** Whether any agents are alike. */
  get some(): boolean {
    return this.liked !== 0;
  }

  /** Agents that have others like them. */
  get all(): number {
    return this.liked;
  }

  /** Whether another agent is like this one. */
  hasLike(agent: number): boolean {
    return (this.liked & (1 << agent)) !== 0;
  }

  /** The agent looks at who it is. */
  tellApart(agent: number): void {
    if (!this.hasLike(agent)) return;
    const first = this.firsts[agent]!;
    this.changes++;
    this.apart |= 1 << agent;
    for (let at = first; at < this.firsts.length; at++) {
      if (this.firsts[at] !== first) continue;
      this.firsts[at] = at;
      this.liked &= ~(1 << at);
    }
  }

  /** What the agent gets as `self`. */
  self(id: number, name: string): Self {
    if (!this.hasLike(id)) return Object.freeze({ id, name });
    const told = <T>(value: T): T => {
      this.tellApart(id);
      return value;
    };
    return Object.freeze({
      get id() {
        return told(id);
      },
      get name() {
        return told(name);
      },
    });
  }
}
