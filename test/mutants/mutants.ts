import type { Mutant } from './mutant.ts';
import { predictionMutants } from './prediction-mutants.ts';
import { traceMutants } from './trace-mutants.ts';

export type { Mutant } from './mutant.ts';

const races = ['check/data-race.test.ts', 'check/data-race-failed.test.ts'];
const orders = ['check/lock-order.test.ts'];
const deadlocks = ['check/deadlock.test.ts'];
const lifetimes = ['check/lifetime.test.ts'];
const exploration = ['execute/exploration.test.ts', 'execute/trace-counts.test.ts'];
const minimising = ['schedule/minimise.test.ts'];
const replays = ['schedule/replay.test.ts'];
const free = ['execute/free-threads.test.ts'];
const controlled = ['execute/controlled-threads.test.ts'];

export const mutants: readonly Mutant[] = [
  {
    name: 'races: a reader that leaves publishes nothing',
    file: 'program/operations/rw.ts',
    from: 'releases: Order.readers,',
    to: 'releases: Order.none,',
    tests: races,
  },
  {
    name: 'races: an atomic store joins what the word published before, instead of replacing it',
    file: 'check/data-race.ts',
    from: 'if (order === Order.writers || stamps[object] !== this.run) {',
    to: 'if (stamps[object] !== this.run) {',
    tests: races,
  },
  {
    name: 'races: an agent sees no further after it published',
    file: 'check/data-race.ts',
    from: 'this.clocks[own + agent] = this.clocks[own + agent]! + 1;',
    to: '',
    tests: races,
  },
  {
    name: 'races: an atomic access is checked before it synchronises',
    file: 'check/data-race.ts',
    from: "    const verb = writes ? 'writes atomically' : 'reads atomically';\n",
    to:
      "    const verb = writes ? 'writes atomically' : 'reads atomically';\n" +
      '    if (this.writeAgent[object]! > 0 && this.writeAgent[object] !== agent + 1) {\n' +
      "      this.race(agent, object, event, verb, this.writeAgent[object]! - 1, 0, 'writes');\n" +
      '    }\n',
    tests: races,
  },
  {
    name: 'races: a failed operation on a lock orders all the same',
    file: 'check/check-set.ts',
    from: 'if (failed(kind, result, argument)) return;',
    to: 'if (failed(kind, result, argument)) return this.races.synchronise(kind, agent, object);',
    tests: races,
  },
  {
    name: 'races: reads of other agents are forgotten',
    file: 'check/data-race.ts',
    from: 'mask[object] = mask[object]! | bit;',
    to: 'mask[object] = bit;',
    tests: races,
  },
  {
    name: 'lock order: guards are not looked for',
    file: 'check/lock-graph.ts',
    from: 'guards: this.guards(shapes) };',
    to: 'guards: [] };',
    tests: orders,
  },
  {
    name: 'lock order: readers guard as writers do',
    file: 'check/lock-graph.ts',
    from: 'const exclude = one.mode === Mode.write || other.mode === Mode.write;',
    to: 'const exclude = true;',
    tests: orders,
  },
  {
    name: 'lock order: whoever reads blocks every reader',
    file: 'check/lock-chains.ts',
    from: 'return held === Mode.write || wanted !== Mode.recursiveRead;',
    to: 'return held >= Mode.write && wanted >= Mode.write;',
    tests: orders,
  },
  {
    name: 'lock order: a trylock asks for its lock',
    file: 'check/lock-order.ts',
    from: 'if (tried) {\n      chains.verdicts',
    to: 'if (tried && this.run < 0) {\n      chains.verdicts',
    tests: orders,
  },
  {
    name: 'lock order: cycles with chords are told too',
    file: 'check/lock-graph.ts',
    from: 'if (this.hasChord(shapes)) return;',
    to: '',
    tests: orders,
  },
  {
    name: 'lock order: inversions are told beside the deadlock that they came to',
    file: 'check/lock-order.ts',
    from: 'if (deadlocked || this.present.size === 0) return;',
    to: '',
    tests: orders,
  },
  {
    name: 'deadlocks: a reader does not wait for queued writers',
    file: 'check/held-locks.ts',
    from: 'mask | this.queued[object]!',
    to: 'mask',
    tests: deadlocks,
  },
  {
    name: 'deadlocks: a cycle is reported only when all agents hang',
    file: 'check/deadlock.ts',
    from: 'if (this.cycleEvent >= 0) this.reportCycle();',
    to: 'if (this.cycleEvent >= 0 && this.stalledAt >= 0) this.reportCycle();',
    tests: [...deadlocks, ...free],
  },
  {
    name: 'lifetime: a lock is given back in any mode',
    file: 'check/held-locks.ts',
    from: '(this.modes[base + depth] === Mode.write) !== writing',
    to: 'false',
    tests: lifetimes,
  },
  {
    name: 'lifetime: memory that came back is still gone',
    file: 'check/lifetime.ts',
    from: 'this.retired.fill(0, base + 1, last + 1);',
    to: '',
    tests: lifetimes,
  },
  {
    name: 'rules: a reader holds for writing',
    file: 'check/rules.ts',
    from: 'if (mode !== Mode.write) this.fail(',
    to: 'if (mode < 0) this.fail(',
    tests: ['check/rules.test.ts'],
  },
  {
    name: 'dfs: who sleeps stays asleep though its operation is not independent any more',
    file: 'schedule/strategies/dfs.ts',
    from: 'if (sleeper !== chosen && !machine.dependent(chosen, sleeper)) after |= left & -left;',
    to: 'if (sleeper !== chosen) after |= left & -left;',
    tests: exploration,
  },
  {
    name: 'dfs: nobody ever sleeps',
    file: 'schedule/strategies/dfs.ts',
    from: 'if (sleeper !== chosen && !machine.dependent(chosen, sleeper)) after |= left & -left;',
    to: '',
    tests: exploration,
  },
  {
    name: 'dfs: a switch away from a blocked agent is a preemption',
    file: 'schedule/strategies/dfs.ts',
    from: 'preempts(current, enabled, machine) ? current : -1;',
    to: 'current;',
    tests: exploration,
  },
  {
    name: 'operations: tryAcquire always succeeds',
    file: 'program/operations/mutex.ts',
    from: 'mutexFree(m, agent, o, x, y) ? takeMutex(m, agent, o, x, y) : 0',
    to: 'takeMutex(m, agent, o, x, y)',
    tests: exploration,
  },
  {
    name: 'operations: queued writers do not stop readers',
    file: 'program/operations/rw.ts',
    from: '(m[o + RwAt.queues] === 0 || m[o + RwAt.queued] === 0)',
    to: 'true',
    tests: exploration,
  },
  {
    name: 'operations: readers do not commute with each other',
    file: 'program/operation-table.ts',
    from: 'return one === other || one === Access.watch',
    to: 'return (one === other && one !== Access.share) || one === Access.watch',
    tests: ['execute/trace-recorder.test.ts', ...exploration],
  },
  {
    name: 'operations: whatever touches one object commutes',
    file: 'program/operation-table.ts',
    from: 'if (one === Access.write || other === Access.write) return false;',
    to: '',
    tests: exploration,
  },
  {
    name: 'machine: who waits is not looked at again',
    file: 'execute/machine.ts',
    from: 'if (changed && this.watchers[object] !== 0) this.refresh(object);',
    to: '',
    tests: exploration,
  },
  {
    name: 'retry: goes on though nothing has changed',
    file: 'execute/retry-loops.ts',
    from: 'if (this.version(this.reads[at]!) !== this.reads[at + 1]) return true;',
    to: 'return true;',
    tests: exploration,
  },
  {
    name: 'random: the seed is not looked at',
    file: 'execute/random.ts',
    from: 'this.a = mix(seed | 0);',
    to: 'this.a = mix(0);',
    tests: ['execute/random.test.ts'],
  },
  {
    name: 'pct: an agent that pauses stays first',
    file: 'schedule/strategies/pct.ts',
    from: 'if (kind === Kind.pause ||',
    to: 'if (',
    tests: ['schedule/pct.test.ts'],
  },
  {
    name: 'replay: does not compare operations',
    file: 'schedule/strategies/replay.ts',
    from: 'if (differs || !can)',
    to: 'if (!can)',
    tests: replays,
  },
  {
    name: 'replay: a schedule may be longer than the execution',
    file: 'schedule/strategies/replay.ts',
    from: "if (end !== 'completed' ||",
    to: "if (end === 'completed' ||",
    tests: replays,
  },
  {
    name: 'minimising: longer schedules are better',
    file: 'schedule/minimise.ts',
    from: 'return one.preemptions < other.preemptions;',
    to: 'return one.preemptions > other.preemptions;',
    tests: minimising,
  },
  {
    name: 'minimising: fewer preemptions are not searched for',
    file: 'schedule/minimise.ts',
    from: 'bound < from.preemptions;',
    to: 'bound < 0;',
    tests: minimising,
  },
  {
    name: 'schedule files: the object of an operation is lost',
    file: 'schedule/schedule-file.ts',
    from: 'return { kind, object };',
    to: 'return { kind, object: 0 };',
    tests: ['schedule/schedule-file.test.ts'],
  },
  {
    name: 'free threads: the mutex lets two in',
    file: 'execute/threads/free-mutex.ts',
    from: 'if (found === 0) return this.taken(Kind.acquire, object);',
    to: 'return this.taken(Kind.acquire, object);',
    tests: free,
  },
  {
    name: 'free threads: the per-CPU reader does not look at writers',
    file: 'execute/threads/free-percpu.ts',
    from:
      '    if (!this.writerWants(object)) {\n' +
      '      const sequence = context.clocks.stepBeside(mine, object);\n' +
      '      if (!this.writerWants(object)) {',
    to: '    {\n      const sequence = context.clocks.stepBeside(mine, object);\n      {',
    tests: free,
  },
  {
    name: 'free threads: a trylock always gets the mutex',
    file: 'execute/threads/free-mutex.ts',
    from: 'if (takeWord(memory, state, agent + 1)) return this.taken(Kind.tryAcquire, object);',
    to: 'return this.taken(Kind.tryAcquire, object);',
    tests: free,
  },
  {
    name: 'threads: what a wait compares with is lost',
    file: 'execute/threads/session.ts',
    from: 'pendingArgument: Atomics.load(this.control, line + AgentAt.waitArgument),',
    to: 'pendingArgument: 0,',
    tests: free,
  },
  {
    name: 'controlled threads: operations are not compared with the schedule',
    file: 'execute/threads/controlled-agent.ts',
    from: 'if (differs || !can)',
    to: 'if (!can)',
    tests: controlled,
  },
  ...traceMutants,
  ...predictionMutants,
];
