import type { Finding, HeldLock, Party } from '../../src/check/finding.ts';
import { Mode } from '../../src/check/held-locks.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import type { Strategy } from '../../src/execute/strategy.ts';
import { DepthFirst, unbounded } from '../../src/schedule/strategies/dfs.ts';
import { Replay } from '../../src/schedule/strategies/replay.ts';
import type { Subject } from '../../src/trace/subject.ts';
import { sampleProgram, type Sample } from '../execute/sample-programs.ts';

/**
 * What the checkers say of one execution, a line a finding:
 * `kind level: agent action object (mode) holding locks; ... | also stuck: ... | guards: ...`.
 *
 * @param order - names of agents, one a step; beyond its end the agent that moved goes on, then the
 *   first that can
 */
export function observed<World>(sample: Sample<World>, order = ''): string[] {
  const names = Object.keys(sample.agents);
  const agents = Int32Array.from(order.split(' ').filter(Boolean), (name) => names.indexOf(name));
  const nothing = new Int32Array(agents.length);
  const program = sampleProgram(sample);
  const steps = { agents, kinds: nothing, objects: nothing };
  return observedUnder(program, new Replay(steps, program.subject), 1);
}

/** What the checkers say of all executions together, each line once, sorted. */
export function observedInAll<World>(sample: Sample<World>): string[] {
  const strategy = new DepthFirst({ preemptions: unbounded });
  return observedUnder(sampleProgram(sample), strategy, Infinity);
}

function observedUnder(
  program: ReturnType<typeof sampleProgram>,
  strategy: Strategy,
  executions: number,
): string[] {
  const coroutines = new Coroutines(program);
  const lines = new Set<string>();
  let count = 0;
  coroutines.runAll(strategy, 0, () => {
    for (const finding of coroutines.checks!.findings) {
      lines.add(findingLine(finding, program.subject));
    }
    return ++count >= executions;
  });
  return [...lines].sort();
}

export function findingLine(finding: Finding, subject: Subject): string {
  const { kind, level, parties, alsoStuck = [], guards = [] } = finding;
  const what =
    kind === 'invariant-violated' || kind === 'agent-failed' ? ` "${finding.title}"` : '';
  const party = (one: Party): string => partyText(one, subject);
  return [
    `${kind} ${level}${what}: ${parties.map(party).sort().join('; ')}`.replace(/: $/, ''),
    ...(alsoStuck.length === 0 ? [] : [`also stuck: ${alsoStuck.map(party).sort().join('; ')}`]),
    ...(guards.length === 0 ? [] : [`guards: ${guards.map((one) => subject.name(one)).join(' ')}`]),
  ].join(' | ');
}

function partyText(party: Party, subject: Subject): string {
  const object = party.object === 0 ? '' : ` ${subject.name(party.object)}${modeText(party.mode)}`;
  const from = party.from === undefined ? '' : ` from ${lockText(party.from, subject)}`;
  const held = party.held.map((lock) => lockText(lock, subject)).join(' ');
  const holding = held === '' ? '' : ` holding ${held}`;
  return `${subject.agentNames[party.agent]} ${party.action}${object}${from}${holding}`;
}

function lockText(lock: HeldLock, subject: Subject): string {
  return `${subject.name(lock.object)}${modeText(lock.mode)}`;
}

function modeText(mode: number): string {
  return mode === Mode.read || mode === Mode.recursiveRead ? '(r)' : '';
}
