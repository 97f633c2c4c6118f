/**
 * How a lock class meets interrupts: lockdep's usage bits. USED_IN ("safe"): taken in that context.
 * ENABLED ("unsafe"): held while that context may interrupt. Each for write and, apart, for read.
 */

/** Interrupt states, by number; names as lockdep prints them. */
export const irqStateNames: readonly string[] = ['HARDIRQ', 'SOFTIRQ'];

/** The bit of a usage in the mask of its class. */
export function usageBit(irqState: number, enabled: boolean, read: boolean): number {
  return 1 << (irqState * 4 + (enabled ? 2 : 0) + (read ? 1 : 0));
}

/** A usage in lockdep's words: `IN-HARDIRQ-W`, `SOFTIRQ-ON-R`. */
export function usageName(irqState: number, enabled: boolean, read: boolean): string {
  const state = irqStateNames[irqState]!;
  return `${enabled ? `${state}-ON` : `IN-${state}`}-${read ? 'R' : 'W'}`;
}

/** Where a usage was first seen. */
export interface UsageSite {
  readonly agent: number;
  readonly lock: number;
  readonly line: number;
  readonly place: number;
}

/** The usage bits of all classes, and where each was first set. */
export class LockUsage {
  private readonly masks: number[] = [];
  private readonly sites = new Map<number, UsageSite>();
  /** All bits that any class has: where none is, nothing need be searched. */
  everSet = 0;

  mask(lockClass: number): number {
    return this.masks[lockClass] ?? 0;
  }

  /** Sets a bit; whether it is new. */
  set(lockClass: number, bit: number, site: UsageSite): boolean {
    const mask = this.masks[lockClass] ?? 0;
    if ((mask & bit) !== 0) return false;
    this.masks[lockClass] = mask | bit;
    this.everSet |= bit;
    this.sites.set(lockClass * 256 + bit, site);
    return true;
  }

  site(lockClass: number, bit: number): UsageSite | undefined {
    return this.sites.get(lockClass * 256 + bit);
  }

  /** A usage bit of the class that counts against a path that is, or is not, weak; 0 if none. */
  match(lockClass: number, irqState: number, enabled: boolean, weak: boolean): number {
    const mask = this.mask(lockClass);
    const write = usageBit(irqState, enabled, false);
    if ((mask & write) !== 0) return write;
    const read = usageBit(irqState, enabled, true);
    return weak ? 0 : mask & read;
  }

  /** Four characters as in lockdep: hard, hard-read, soft, soft-read. */
  characters(lockClass: number): string {
    const mask = this.mask(lockClass);
    let text = '';
    for (const irqState of [0, 1]) {
      for (const read of [false, true]) {
        const safe = (mask & usageBit(irqState, false, read)) !== 0;
        const unsafe = (mask & usageBit(irqState, true, read)) !== 0;
        text += safe ? (unsafe ? '?' : '-') : unsafe ? '+' : '.';
      }
    }
    return text;
  }
}
