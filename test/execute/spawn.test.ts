import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate, type Program } from '../../src/execute/program.ts';
import { UserError, type Arena, type Scenario } from '../../src/program/index.ts';
import { explore } from '../../src/schedule/explore.ts';
import { Dpor } from '../../src/schedule/strategies/dpor.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { eventLine } from '../../src/trace/format/jsonl-writer.ts';
import { TraceNames } from '../../src/trace/format/trace-names.ts';
import { LiveTrace } from '../../src/trace/live-trace.ts';
import { sampleProgram, sampleScenario } from './sample-programs.ts';
import spawns from './scenarios/spawns.ts';

function programOf(form: string): Program {
  return instantiate(spawns as unknown as Scenario, { variant: 'default', form });
}

/** What all executions of a form show, and how many there are of them. */
function explored(program: Program): { titles: string[]; executions: number; ends: string[] } {
  const coroutines = new Coroutines(program);
  const strategy = new Dpor();
  const titles = new Set<string>();
  const ends = new Set<string>();
  let executions = 0;
  coroutines.runAll(strategy, 0, ({ end }) => {
    executions++;
    ends.add(end);
    for (const { kind, title } of coroutines.findings) titles.add(`${kind}: ${title}`);
    return false;
  });
  assert.ok(strategy.exhausted);
  assert.equal(strategy.blocked, 0);
  return { titles: [...titles].sort(), executions, ends: [...ends].sort() };
}

const race = 'data-race: data race on x: nothing orders the two accesses';
const twice = 'spawned-twice: first is spawned twice: an agent runs once';
const inVain =
  'deadlock: deadlock: waiting for the end of an agent that is never spawned (inVain for second)';
const underLock = 'deadlock: deadlock: first and underLock wait for each other';

describe('agents that others start', () => {
  test('do nothing before, and what they did is done when they are joined', () => {
    const program = programOf('in-turn');
    assert.deepEqual(explored(program), { titles: [], executions: 1, ends: ['completed'] });
    assert.equal(program.arena.memory[program.subject.named('x')], 4);
  });

  test('run at once, and race where nothing but the spawns is before them', () => {
    const { titles, ends } = explored(programOf('at-once'));
    assert.deepEqual({ titles, ends }, { titles: [race], ends: ['completed'] });
  });

  test('are not missed if nobody starts them', () => {
    const { titles, ends } = explored(programOf('neither'));
    assert.deepEqual({ titles, ends }, { titles: [], ends: ['completed'] });
  });

  test('started twice are a finding, and run once', () => {
    const { titles, ends } = explored(programOf('twice'));
    assert.deepEqual({ titles, ends }, { titles: [twice], ends: ['completed'] });
  });

  test('never started are joined in vain', () => {
    const { titles, ends } = explored(programOf('in-vain'));
    assert.deepEqual({ titles, ends }, { titles: [inVain], ends: ['stalled'] });
  });

  test('that want what their joiner holds are deadlocked with it, in some executions', () => {
    const { titles, ends } = explored(programOf('under-lock'));
    assert.deepEqual({ titles, ends }, { titles: [underLock], ends: ['completed', 'stalled'] });
  });

  test('that join themselves wait for their own end', () => {
    const program = sampleProgram({
      setup: (arena) => arena.spawned('child'),
      agents: {
        *main(child) {
          yield* child.spawn();
        },
        *child(child) {
          yield* child.join();
        },
      },
    });
    assert.deepEqual(explored(program), {
      titles: ['deadlock: deadlock: child waits for its own end'],
      executions: 1,
      ends: ['stalled'],
    });
  });

  test('that join each other are deadlocked', () => {
    const setup = (arena: Arena) => ({ a: arena.spawned('a'), b: arena.spawned('b') });
    const program = sampleProgram<ReturnType<typeof setup>>({
      setup,
      agents: {
        *main({ a, b }) {
          yield* a.spawn();
          yield* b.spawn();
        },
        *a({ b }) {
          yield* b.join();
        },
        *b({ a }) {
          yield* a.join();
        },
      },
    });
    assert.deepEqual(explored(program), {
      titles: ['deadlock: deadlock: a and b wait for each other'],
      executions: 1,
      ends: ['stalled'],
    });
  });

  test('are at their end, or were never begun, where invariants of the end are looked at', () => {
    const setup = (arena: Arena) => ({
      x: arena.word('x'),
      child: arena.spawned('child'),
      unused: arena.spawned('unused'),
    });
    const holding = (value: number): string[] => {
      const program = sampleProgram<ReturnType<typeof setup>>({
        setup,
        agents: {
          *main({ child }) {
            yield* child.spawn();
          },
          *child({ x }) {
            yield* x.store(1);
          },
          *unused({ x }) {
            yield* x.store(2);
          },
        },
        invariants: [{ name: 'x is right', when: 'end', holds: ({ x }) => x.peek() === value }],
      });
      return explored(program).titles.map((title) => title.split(':')[0]!);
    };
    assert.deepEqual(holding(1), []);
    assert.deepEqual(holding(2), ['invariant-violated']);
  });
});

describe('a set-up that speaks of agents to be spawned is refused in one line', () => {
  const refused = (setup: (arena: Arena) => unknown): string => {
    const sample = sampleScenario({
      setup,
      agents: {
        *main() {
          // Nothing.
        },
        *child() {
          // Nothing.
        },
      },
    });
    try {
      instantiate(sample, { variant: 'default', form: 'full' });
    } catch (error) {
      assert.ok(error instanceof UserError);
      return error.message;
    }
    return 'not refused';
  };

  test('if there is no such agent', () => {
    assert.equal(
      refused((arena) => arena.spawned('chid')),
      'scenario "sample": its set-up says that "chid" is spawned, but the form "full" has no ' +
        'agent of that name: did you mean "child"? it has main, child',
    );
  });

  test('if none is left to begin', () => {
    assert.equal(
      refused((arena) => [arena.spawned('main'), arena.spawned('child')]),
      'scenario "sample": all agents of the form "full" are spawned: one must begin by itself',
    );
  });
});

describe('a trace of an execution with spawns', () => {
  /** The operations of the execution in which the last agent that can go goes. */
  const traced = (form: string): string[] => {
    const names = new TraceNames();
    const program = programOf(form);
    const lines: string[] = [];
    const sink = new LiveTrace(program.subject, names, {
      event: (event) => void lines.push(eventLine(event, names)),
    });
    const last = { choose: (enabled: number) => 31 - Math.clz32(enabled) };
    const strategy = Object.assign(new RandomWalk({ seed: 1 }), last);
    new Coroutines(program, { observer: sink }).runAll(strategy, 0, () => true);
    return lines.map((line) => {
      const { op, agent, other } = JSON.parse(line) as Record<string, string>;
      return [op, agent, other].filter(Boolean).join(' ');
    });
  };

  test('has forks, joins and waits for them', () => {
    assert.deepEqual(traced('in-turn').slice(0, 9), [
      'write inTurn',
      'fork inTurn first',
      'wait-join inTurn first',
      'acquire first',
      'read first',
      'write first',
      'release first',
      'agent-exit first',
      'join inTurn first',
    ]);
  });

  test('has one fork of an agent that is spawned twice', () => {
    assert.equal(traced('twice').filter((line) => line.startsWith('fork')).length, 1);
  });

  test('shows a deadlock over a join that this execution did not end in', async () => {
    const found: string[] = [];
    const last = { choose: (enabled: number) => 31 - Math.clz32(enabled) };
    await explore(programOf('under-lock'), {
      strategy: Object.assign(new RandomWalk({ seed: 1 }), last),
      seed: 1,
      executions: 1,
      predict: 1,
      onFinding: ({ finding, origin }) => found.push(`${finding.title} ${origin.predicted}`),
    });
    assert.deepEqual(found, ['deadlock: first and underLock wait for each other true']);
  });
});

describe('a schedule with spawns', () => {
  test('is made short, without agents that a finding does not need', async () => {
    const program = sampleProgram({
      setup: (arena) => ({
        x: arena.word('x'),
        y: arena.word('y'),
        first: arena.spawned('first'),
        second: arena.spawned('second'),
      }),
      agents: {
        *main({ x, first, second }) {
          yield* second.spawn();
          yield* first.spawn();
          yield* x.write(1);
          yield* first.join();
          yield* second.join();
        },
        *first({ x }) {
          yield* x.write(2);
        },
        *second({ y }) {
          yield* y.store(2);
          yield* y.store(3);
        },
      },
    });
    const kinds: string[] = [];
    let agents: number[] = [];
    await explore(program, {
      strategy: new RandomWalk({ seed: 1 }),
      seed: 1,
      executions: 50,
      onFinding: ({ finding, steps }) => {
        kinds.push(finding.kind);
        agents = [...steps.agents];
      },
    });
    assert.deepEqual(kinds, ['data-race']);
    assert.ok(!agents.includes(2), `second takes no step: ${agents.join(' ')}`);
  });
});
