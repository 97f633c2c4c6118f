import type { Subject } from '../trace/subject.ts';
import type { Finding, HeldLock, Party } from './finding.ts';

/** An agent that never gets what others take again and again. */
export interface Starved {
  readonly agent: number;
  readonly object: number;
  /** The event of its last try; -1 for one that waits all the time. */
  readonly event: number;
  readonly held: readonly HeldLock[];
}

/** Agents that get on for ever, and some that never do beside them. */
export interface Starvation {
  readonly starved: readonly Starved[];
  /** Those who get on, as numbers of agents. */
  readonly others: readonly number[];
  /** Steps of one round. */
  readonly steps: number;
  /** The event that ends the first round. */
  readonly event: number;
}

/**
 * Starvation: with everybody getting turns, some agents complete operation after operation, and
 * another one is passed over again and again (no bounded bypass; Lamport, "A New Solution of
 * Dijkstra's Concurrent Programming Problem", CACM 1974).
 */
export function starvationFinding(subject: Subject, starvation: Starvation): Finding {
  const { starved, others, steps, event } = starvation;
  const named = starved.map((one) => ({
    one,
    name: subject.agentNames[one.agent]!,
    object: subject.name(one.object),
  }));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  const what = named.map(({ name, object }) => `${name} never gets ${object}`).join(', ');
  const names = others.map((agent) => subject.agentNames[agent]!).sort();
  const parties: Party[] = named.map(({ one }) => ({
    agent: one.agent,
    event: one.event,
    action: one.event < 0 ? 'waits all the time for' : 'tries, and fails, to get',
    object: one.object,
    mode: -1,
    held: one.held,
  }));
  return {
    kind: 'starvation',
    level: 'happened',
    title: `starvation: ${what}, while others get on for ever`,
    key: `starvation ${named.map(({ name, object }) => `${name} ${object}`).join(' / ')}`,
    event,
    parties,
    hint:
      `The last ${steps} steps are a round that can come again and again, and in it ` +
      `${names.join(' and ')} ${names.length === 1 ? 'gets' : 'get'} on. ` +
      'Let agents in by the order of their arrival.',
  };
}
