import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { RwLock, RwSemaphore, Semaphore, type Agent, type Lock } from '../../src/locks/index.ts';
import { lockOffset, makeTable } from './threads.ts';

interface Kind {
  readonly name: string;
  /** What wakes others when shares or permits of the dead were taken back. */
  readonly wakes: { wakeForDead(): void };
  /** What is held when its agent dies, and what nobody else can have until that is taken back. */
  readonly held: (agent: Agent) => Lock;
  readonly wanted: (agent: Agent) => Lock;
}

function kind(
  name: string,
  made: { readonly prototype: object },
  held: Kind['held'],
  wanted: Kind['wanted'],
): Kind {
  return { name, wakes: made.prototype as Kind['wakes'], held, wanted };
}

const semaphore = (agent: Agent): Lock => new Semaphore(agent, lockOffset, 1);
const rwLock = (agent: Agent): RwLock => new RwLock(agent, lockOffset);
const rwSemaphore = (agent: Agent): RwSemaphore => new RwSemaphore(agent, lockOffset);
/** The class of both modes. */
const modes = { prototype: Object.getPrototypeOf(rwLock(makeTable().join()).read.constructor) };

const kinds: readonly Kind[] = [
  kind('Semaphore', Semaphore, semaphore, semaphore),
  kind(
    'RwLock',
    modes.prototype as { prototype: object },
    (agent) => rwLock(agent).read,
    (agent) => rwLock(agent).write,
  ),
  kind(
    'RwSemaphore',
    modes.prototype as { prototype: object },
    (agent) => rwSemaphore(agent).read,
    (agent) => rwSemaphore(agent).write,
  ),
];

/** Whoever takes back what dead agents held dies before it has told anybody. */
function dieInstead(t: TestContext, { wakes }: Kind): void {
  const die = (): never => {
    throw new Error('here it dies');
  };
  t.mock.method(wakes, 'wakeForDead', die, { times: 1 });
}

for (const one of kinds) {
  describe(`${one.name}: what a dead agent held is not lost with who takes it back`, () => {
    test('to have it', (t) => {
      const table = makeTable();
      const heir = table.join();
      const cleaner = one.wanted(table.join({ thread: 99 }));
      one.held(table.join({ thread: 98 })).lock();
      table.bury(98);
      dieInstead(t, one);
      assert.throws(() => cleaner.lock(), /here it dies/);
      table.bury(99);
      assert.equal(one.wanted(heir).lockFor(1000), true);
    });

    test('as it has its slot', (t) => {
      const table = makeTable();
      const heir = table.join();
      one.held(table.join({ thread: 98 })).lock();
      table.bury(98);
      dieInstead(t, one);
      assert.throws(() => one.held(table.join({ thread: 99 })), /here it dies/);
      table.bury(99);
      assert.equal(one.wanted(heir).tryLock(), true);
    });
  });
}
