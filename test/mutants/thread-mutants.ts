import type { Mutant } from './mutant.ts';

const detectors = ['execute/torture-detectors.test.ts'];
const looks = ['execute/watchdog-looks.test.ts'];
const losses = ['cli/lost.test.ts'];
const clocks = ['check/vector-clock.test.ts'];

/** Faults in what sees that free threads and tortured locks go wrong. */
export const threadMutants: readonly Mutant[] = [
  {
    name: 'torture: a writer beside another one is not seen',
    file: 'execute/torture/site.ts',
    from: 'this.look(Violation.writerWithWriter, Violation.writerWithReader);',
    to: '',
    tests: detectors,
  },
  {
    name: 'torture: a reader is not told from nobody',
    file: 'execute/torture/site.ts',
    from: 'if (inside === Inside.no) continue;',
    to: 'if (inside !== Inside.writer) continue;',
    tests: detectors,
  },
  {
    name: 'torture: words changed by half are not looked at',
    file: 'execute/torture/site.ts',
    from: 'if (control[ControlAt.first] !== control[ControlAt.second])',
    to: 'if (this.agents < 0)',
    tests: detectors,
  },
  {
    name: 'torture: one permit too many passes',
    file: 'execute/torture/held-exercise.ts',
    from: 'if (inside > this.permits)',
    to: 'if (inside > this.permits + 1)',
    tests: detectors,
  },
  {
    name: 'torture: who comes after a death does not repair',
    file: 'execute/torture/site.ts',
    from: 'if (afterDeath) Atomics.store(control, ControlAt.second, control[ControlAt.first]!);',
    to: '',
    tests: detectors,
  },
  {
    name: 'torture: who is awake counts as asleep',
    file: 'execute/torture/stall.ts',
    from: 'if (agents.wakeSleepers() < waiting.length) {',
    to: 'if (agents.wakeSleepers() < 0) {',
    tests: detectors,
  },
  {
    name: 'torture: a stall is told while turns are made',
    file: 'execute/torture/stall.ts',
    from: 'if (mayGo || waiting.length === 0 || turns !== this.turns) {',
    to: 'if (mayGo || waiting.length === 0) {',
    tests: detectors,
  },
  {
    name: 'torture: who rests never owes anything',
    file: 'execute/torture/stall.ts',
    from: 'else if (phase === Phase.paused) mayGo ||= this.restersOwe;',
    to: '',
    tests: detectors,
  },
  {
    name: 'torture: agents that hold the lock cannot go on',
    file: 'execute/torture/stall.ts',
    from: 'else if (phase !== Phase.ended && phase !== Phase.absent) mayGo = true;',
    to: '',
    tests: detectors,
  },
  {
    name: 'torture: fairness is that of one agent',
    file: 'execute/torture/statistics.ts',
    from: '(total * total) / (agents * squares)',
    to: '(total * total) / squares',
    tests: detectors,
  },
  {
    name: 'watchdog: a cycle is told at the first look',
    file: 'execute/threads/watchdog.ts',
    from: 'if (this.cycleLooks >= cycleLooksMin) return true;',
    to: 'if (cycle !== 0) return true;',
    tests: looks,
  },
  {
    name: 'watchdog: who moves stays in its cycle',
    file: 'execute/threads/watchdog.ts',
    from: 'cycle !== 0 && !cycleMoved',
    to: 'cycle !== 0',
    tests: looks,
  },
  {
    name: 'watchdog: cycles are not told',
    file: 'execute/threads/watchdog.ts',
    from: 'if ((reached & (1 << agent)) !== 0) cycle |= 1 << agent;',
    to: '',
    tests: looks,
  },
  {
    name: 'watchdog: one who works is passed over',
    file: 'execute/threads/watchdog.ts',
    from: 'if (!this.waitsForGood(agent) && !this.hasEnded(agent)) stuck = false;',
    to: '',
    tests: looks,
  },
  {
    name: 'watchdog: who sleeps waits for good',
    file: 'execute/threads/watchdog.ts',
    from: ' && kind !== Kind.sleep && kind !== Kind.retry;',
    to: ';',
    tests: looks,
  },
  {
    name: 'watchdog: who waits is not said',
    file: 'execute/threads/watchdog.ts',
    from: 'blockers: this.waitsFor(agent),',
    to: 'blockers: 0,',
    tests: looks,
  },
  {
    name: 'watchdog: all that wait is no matter',
    file: 'execute/threads/watchdog.ts',
    from: 'return stuck && !moved && monotonicMs() - this.unmovedSinceMs > stallMs;',
    to: 'return false;',
    tests: looks,
  },
  {
    name: 'losses: what was done until a loss is not kept',
    file: 'cli/run-command.ts',
    from: 'this.lostSchedule = this.keeper.keepLost(error.steps, subject, variant, form);',
    to: '',
    tests: losses,
  },
  {
    name: 'losses: a loss takes no schedule along',
    file: 'execute/threads/free-run.ts',
    from: 'error.steps = checkTracks(program, { tracks, messages: [], over: false }, checks);',
    to: '',
    tests: losses,
  },
  {
    name: 'losses: a lost agent is success',
    file: 'cli/run-command.ts',
    from: 'this.lost = error;',
    to: '',
    tests: losses,
  },
  {
    name: 'traces: a copy of a clock keeps what was there',
    file: 'check/analysis/races/vector-clock.ts',
    from: 'if (into.length > from.length) into.fill(0, from.length);',
    to: '',
    tests: clocks,
  },
];
