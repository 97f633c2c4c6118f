import type { Mutant } from './mutant.ts';

const mutex = ['locks/mutex.test.ts'];
const rw = ['locks/rw-lock.test.ts', 'locks/rw-semaphore.test.ts'];
const percpu = ['locks/percpu-rw-semaphore.test.ts'];

/** Faults in `heddle/locks`. */
export const lockMutants: readonly Mutant[] = [
  {
    name: 'heddle/locks: who frees a mutex wakes nobody',
    file: 'locks/exclusive-lock.ts',
    from: 'if ((before & Flag.sleepers) !== 0) Atomics.notify(this.words, this.stateAt, sleepers);',
    to: '',
    tests: mutex,
  },
  {
    name: 'heddle/locks: one who slept forgets that others may sleep',
    file: 'locks/exclusive-lock.ts',
    from: 'const kept = asynchronous ? 0 : Flag.sleepers;',
    to: 'const kept = 0;',
    tests: mutex,
  },
  {
    name: 'heddle/locks: a mutex is released by whoever likes',
    file: 'locks/exclusive-lock.ts',
    from: "if ((seen & idMask) !== this.id) throw this.notMine(seen, 'released');",
    to: '',
    tests: mutex,
  },
  {
    name: 'heddle/locks: asynchronous waiters are not woken',
    file: 'locks/exclusive-lock.ts',
    from: 'if ((before & Flag.asyncs) !== 0) this.wakeAsyncs();',
    to: '',
    tests: mutex,
  },
  {
    name: 'heddle/locks: an unrepaired lock is released as if nothing had been',
    file: 'locks/exclusive-lock.ts',
    from: 'const lost = (seen & Flag.inconsistent) !== 0;',
    to: 'const lost = false;',
    tests: mutex,
  },
  {
    name: 'heddle/locks: nobody is woken when an agent dies',
    file: 'locks/agent-table.ts',
    from: 'if (died > 0) this.wakeAll();',
    to: '',
    tests: mutex,
  },
  {
    name: 'heddle/locks: a queued writer stays queued when it gives up',
    file: 'locks/rw-write-mode.ts',
    from: 'if (!this.ledger.wanted) this.clearQueue();',
    to: '',
    tests: ['locks/rw-semaphore.test.ts'],
  },
  {
    name: 'heddle/locks: the last reader wakes no writer',
    file: 'locks/rw-read-mode.ts',
    from: 'if (flags !== 0) this.wakeWriters(flags);',
    to: '',
    tests: rw,
  },
  {
    name: 'heddle/locks: a dead reader keeps its share',
    file: 'locks/ledger.ts',
    from: 'if (count <= 0 || !this.isDead(',
    to: 'if (count !== 0 || !this.isDead(',
    tests: rw,
  },
  {
    name: 'heddle/locks: what a dead agent held stays on the state',
    file: 'locks/ledger.ts',
    from: 'if (count > 0) {',
    to: 'if (count > 9) {',
    tests: ['locks/dead-holders.test.ts'],
  },
  {
    name: 'heddle/locks: a percpu writer does not wait for readers to leave',
    file: 'locks/percpu-write-mode.ts',
    from: 'if (!this.announce()) this.block(Infinity);',
    to: 'this.announce();',
    tests: percpu,
  },
  {
    name: 'heddle/locks: the proof does not see that a percpu writer waits for nobody',
    file: 'locks/percpu-write-mode.ts',
    from: 'if (!this.announce()) this.block(Infinity);',
    to: 'this.announce();',
    tests: ['prove/prove-lock.test.ts'],
  },
  {
    name: 'heddle/locks: a percpu try to write ends without a look at the readers',
    file: 'locks/percpu-write-mode.ts',
    from: 'const got = this.announce() || this.isDrained();',
    to: 'const got = this.announce() || true;',
    tests: ['prove/prove-lock.test.ts'],
  },
  {
    name: 'heddle/locks: a percpu try to write that fails wakes readers before its gate is free',
    file: 'locks/percpu-write-mode.ts',
    from: 'if (!got) gate.giveBack();\n    this.wakeReaders();',
    to: 'this.wakeReaders();\n    if (!got) gate.giveBack();',
    tests: ['prove/prove-lock.test.ts'],
  },
  {
    name: 'heddle/locks: a percpu reader does not look whether a writer was first',
    file: 'locks/percpu-read-mode.ts',
    from: 'if ((Atomics.add(words, this.lineAt, 1) & Flag.writer) === 0) {',
    to: 'if (Atomics.add(words, this.lineAt, 1) !== -1) {',
    tests: percpu,
  },
  {
    name: 'heddle/locks: a percpu try waits for a writer that died while it tried',
    file: 'locks/percpu-read-mode.ts',
    from: ' && this.gate.trouble === undefined;',
    to: ';',
    tests: percpu,
  },
  {
    name: 'heddle/locks: the try of a percpu writer that died never ends',
    file: 'locks/percpu-write-mode.ts',
    from: 'if ((Atomics.load(this.words, triesAt) & 1) === 0) return;',
    to: 'if (triesAt !== 0) return;',
    tests: percpu,
  },
  {
    name: 'heddle/locks: a percpu reader that leaves wakes no writer',
    file: 'locks/percpu-read-mode.ts',
    from: 'if (this.leave()) this.wakeWriter();',
    to: 'this.leave();',
    tests: percpu,
  },
  {
    name: 'heddle/locks: a sequence lock stays even while it is written',
    file: 'locks/seq-lock.ts',
    from: 'Atomics.or(this.words, this.sequenceAt, 1);',
    to: '',
    tests: ['locks/seq-lock.test.ts'],
  },
  {
    name: 'heddle/locks: a condition takes its number after it gave the lock away',
    file: 'locks/condition.ts',
    from:
      'this.ticket = Atomics.load(this.words, this.sleepsAt);\n    try {\n' +
      '      lock.unlock();',
    to:
      'try {\n      lock.unlock();\n' +
      '      this.ticket = Atomics.load(this.words, this.sleepsAt);',
    tests: ['prove/prove-lock.test.ts'],
  },
];
