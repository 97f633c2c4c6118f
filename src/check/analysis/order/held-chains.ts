import type { TraceEvent } from '../../../trace/format/trace-event.ts';
import type { LockClass } from '../lock-classes.ts';
import type { HeldEntry } from '../trace-state.ts';
import { ClassChains, LockChains } from './lock-chains.ts';
import type { LockDependencies } from './lock-dependency.ts';

/**
 * The chains of what agents hold. Chains of classes are all remembered, those of locks, of which
 * there are as many as locks can be combined, only where it matters which locks they are.
 */
export class HeldChains {
  readonly ofClasses: ClassChains = new ClassChains();
  private readonly ofLocks = new LockChains();
  private readonly dependencies: LockDependencies;

  private readonly tellsApart: boolean;

  /** @param tellsApart - whether all chains of locks are told apart, which changes no finding */
  constructor(dependencies: LockDependencies, tellsApart: boolean) {
    this.dependencies = dependencies;
    this.tellsApart = tellsApart;
  }

  /**
   * The chains that the lock has been asked for with that is acquired next, without a nest lock;
   * -1: not asked, or of a chain of locks not looked up.
   */
  askedFor = -1;
  lockChainAskedFor = -1;

  /** How many chains of locks are told apart. */
  get lockChains(): number {
    return this.ofLocks.size;
  }

  /** Whether the chain of locks that was asked for last was met for the first time. */
  get isNew(): boolean {
    return this.ofLocks.isNew;
  }

  /** The chain of classes that a lock taken now would extend. */
  classesBelow(held: readonly HeldEntry[], context: number): number {
    const top = held.length === 0 ? undefined : held[held.length - 1]!;
    return top !== undefined && top.context === context ? top.chain : 0;
  }

  /** Notes the chains of the lock that has just been acquired. */
  noteTop(held: readonly HeldEntry[]): void {
    const top = held.length - 1;
    if (this.askedFor === -1) this.note(held, top);
    else {
      held[top]!.chain = this.askedFor;
      held[top]!.lockChain = this.lockChainAskedFor;
    }
  }

  /** Notes the chains of an entry; whether its chain of locks may have to be validated. */
  note(held: readonly HeldEntry[], index: number): boolean {
    const entry = held[index]!;
    const below = index === 0 ? undefined : held[index - 1]!;
    const chain = below !== undefined && below.context === entry.context ? below.chain : 0;
    entry.lockChain = -1;
    entry.chain = chain;
    const { class: of, mode, tried } = entry;
    if (!of.checked) return false;
    entry.chain = this.ofClasses.follow(chain, of.number, mode, tried);
    if (tried || (entry.nest < 0 && this.isPlain(entry.chain, of, held, index))) return false;
    this.ofEntry(held, index);
    return this.isNew;
  }

  /**
   * Whether a lock of this class, taken on top of some, shows nothing that its chain of classes has
   * not shown: no class is there twice, all dependencies are known, none of them broke anything,
   * and no more waits for it are noted. Then nobody asks whether its chain of locks was met before.
   */
  isPlain(chain: number, wanted: LockClass, held: readonly HeldEntry[], depth: number): boolean {
    if (this.tellsApart || !this.ofClasses.isSettled(chain)) return false;
    if (depth > 0 && !this.dependencies.isOverfull(wanted.number)) return false;
    for (let index = 0; index < depth; index++) if (held[index]!.class === wanted) return false;
    return true;
  }

  /** The chain of locks of one that is asked for. */
  ofWanted(
    held: readonly HeldEntry[],
    context: number,
    { object: lock, subclass, mode }: TraceEvent,
  ): number {
    const top = held.length - 1;
    const below = top >= 0 && held[top]!.context === context ? this.ofEntry(held, top) : 0;
    return (this.lockChainAskedFor = this.ofLocks.follow(below, lock, subclass, mode, false));
  }

  /** The chain of locks up to and with an entry. */
  private ofEntry(held: readonly HeldEntry[], index: number): number {
    const entry = held[index]!;
    if (entry.lockChain !== -1) return entry.lockChain;
    const inContext = index > 0 && held[index - 1]!.context === entry.context;
    const below = inContext ? this.ofEntry(held, index - 1) : 0;
    const { class: of, lock, subclass, mode, tried } = entry;
    if (!of.checked) return (entry.lockChain = below);
    return (entry.lockChain = this.ofLocks.follow(below, lock, subclass, mode, tried));
  }
}
