import type { Arena, Step, Word } from '../program/index.ts';

/** A lock that serves in the order of arrival. No release of the kernel has it in this place. */
export interface TicketLock {
  readonly next: Word;
  readonly serving: Word;
}

export function makeTicketLock(arena: Arena, name: string): TicketLock {
  return { next: arena.word(`${name}.next`), serving: arena.word(`${name}.serving`) };
}

export function* ticketLock(lock: TicketLock): Step {
  const ticket = yield* lock.next.add(1);
  yield* lock.serving.waitUntil(ticket);
}

export function* ticketUnlock(lock: TicketLock): Step {
  yield* lock.serving.add(1);
}
