import type { Arena, Step, Word } from '../program/index.ts';

/**
 * A lock that serves in the order of arrival. No release of the kernel has it in this place.
 * Tickets come again, as there is one for each agent.
 */
export interface TicketLock {
  readonly next: Word;
  readonly serving: Word;
  readonly tickets: number;
}

export function makeTicketLock(arena: Arena, name: string): TicketLock {
  return {
    next: arena.word(`${name}.next`),
    serving: arena.word(`${name}.serving`),
    tickets: arena.agentCount,
  };
}

export function* ticketLock({ next, serving, tickets }: TicketLock): Step {
  for (;;) {
    const ticket = yield* next.load();
    if ((yield* next.compareExchange(ticket, (ticket + 1) % tickets)) !== ticket) continue;
    yield* serving.waitUntil(ticket);
    return;
  }
}

export function* ticketUnlock({ serving, tickets }: TicketLock): Step {
  yield* serving.store(((yield* serving.load()) + 1) % tickets);
}
