import type { Subject } from '../trace/subject.ts';
import type { Finding, Party } from './finding.ts';

/** An agent that goes round, what it looks at in each turn, and where it did so. */
export interface Rounder {
  readonly agent: number;
  readonly objects: readonly number[];
  /** Whether it pauses, sleeps or retries in between. */
  readonly pauses: boolean;
  /** The event of its last look in the round. */
  readonly event: number;
}

/** Agents that go round for ever, and those who wait meanwhile. */
export interface Livelock {
  readonly rounders: readonly Rounder[];
  readonly waiting: readonly Party[];
  /** Steps of one round. */
  readonly steps: number;
  /** The event that ends the first round. */
  readonly event: number;
}

/**
 * Livelock: with everybody getting turns, agents do the same again and again and none of them gets
 * anywhere (Musuvathi, Qadeer, PLDI 2008: a fair execution that does not end).
 */
export function livelockFinding(subject: Subject, livelock: Livelock): Finding {
  const { rounders, waiting, steps, event } = livelock;
  const named = rounders.map((one) => ({ name: subject.agentNames[one.agent]!, one }));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  const looks = (one: Rounder): string => {
    if (one.objects.length === 0) return 'nothing';
    return one.objects.map((object) => subject.name(object)).join(', ');
  };
  const names = named.map(({ name }) => name).join(' and ');
  const verb = named.length === 1 ? 'goes' : 'go';
  const idle = rounders.filter((one) => !one.pauses).map(({ agent }) => subject.agentNames[agent]);
  return {
    kind: 'livelock',
    level: 'happened',
    title: `livelock: ${names} ${verb} round for ever`,
    key: `livelock ${named.map(({ name, one }) => `${name} ${looks(one)}`).join(' / ')}`,
    event,
    parties: named.map(({ one }) => ({
      agent: one.agent,
      event: one.event,
      action: actionOf(one),
      object: one.objects[0] ?? 0,
      mode: -1,
      held: [],
    })),
    alsoStuck: waiting,
    hint:
      `The last ${steps} ${steps === 1 ? 'step is a round' : 'steps are a round'} that comes ` +
      'again and again, though every agent gets its turns. ' +
      (idle.length > 0 ? `A spin should pause: ${idle.join(', ')}. ` : '') +
      'Let one of them win: order the agents, or let one wait until the other is through.',
  };
}

function actionOf({ pauses, objects }: Rounder): string {
  const what = pauses ? 'goes round' : 'spins without a pause';
  return objects.length === 0 ? what : `${what}, looking at`;
}

/**
 * Whether this is the key of a finding that is judged where the schedule ends, by what comes after.
 */
export function isEndless(key: string): boolean {
  return /^(livelock|starvation|spin-without-yield) /.test(key);
}

/** An agent that spins without a pause while others could go on. */
export interface Spin {
  readonly rounder: Rounder;
  readonly event: number;
}

/**
 * The good samaritan's rule is broken (Musuvathi, Qadeer, PLDI 2008, section 2): an agent spins
 * without giving its turn away, so that on one processor the others never come to what it waits
 * for.
 */
export function spinFinding(subject: Subject, { rounder, event }: Spin): Finding {
  const name = subject.agentNames[rounder.agent]!;
  const objects = rounder.objects.map((object) => subject.name(object)).join(', ');
  return {
    kind: 'spin-without-yield',
    level: 'happened',
    title: `${name} spins on ${objects} without a pause while others could go on`,
    key: `spin-without-yield ${name} ${objects}`,
    event,
    parties: [
      {
        agent: rounder.agent,
        event: rounder.event,
        action: 'spins without a pause, looking at',
        object: rounder.objects[0] ?? 0,
        mode: -1,
        held: [],
      },
    ],
    hint: 'Pause in the loop, or wait by `waitUntil`: what it waits for comes only from others.',
  };
}
