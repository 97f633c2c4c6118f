import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CheckThreadPool } from '../../src/execute/atomics/check-session.ts';
import { StateSet } from '../../src/execute/atomics/state-set.ts';
import { Random } from '../../src/execute/random.ts';
import { UserError } from '../../src/program/errors.ts';
import { checkThreads, type CheckThreadsOptions } from '../../src/schedule/check-threads.ts';
import type { Exploration } from '../../src/schedule/explore.ts';
import { ends, type AtomicStep } from './random-atomics.ts';
import { returnedValues } from './spinning-atomics.ts';

let threads: CheckThreadPool;
before(async () => {
  threads = await CheckThreadPool.open(3);
});
after(async () => {
  await threads.close();
});

function titlesOf({ findings }: Exploration): string[] {
  // Of deadlocks each strategy may show other ones first.
  const titles = findings.map(({ finding: { kind, title } }) =>
    kind === 'deadlock' ? kind : title,
  );
  return [...new Set(titles)].sort();
}

const listed = new URL('./random-atomics.ts', import.meta.url);

async function run(
  listing: readonly (readonly AtomicStep[])[],
  strategy: string,
): Promise<{ found: string[]; met: string[]; exploration: Exploration }> {
  const parameters = { listing: JSON.stringify(listing) };
  const options = { threads, parameters, strategy, minimise: false };
  const exploration = await checkThreads(listed, options);
  assert.equal(exploration.complete, true, exploration.statement);
  return { found: titlesOf(exploration), met: [...ends].sort(), exploration };
}

const plain = ['read', 'write'];
const atomic = ['load', 'store', 'add', 'compareExchange', 'wait', 'waitFor', 'notify'];

/** Two or three threads with up to four or two operations each, on two or three words. */
function randomListing(random: Random): AtomicStep[][] {
  const agents = 2 + random.below(2);
  const names = random.below(2) === 0 ? atomic : [...plain, ...atomic];
  const words = 2 + random.below(2);
  const step = (): AtomicStep => {
    const name = names[random.below(names.length)]!;
    return [name, random.below(words), random.below(2), random.below(3)];
  };
  const steps = (): AtomicStep[] =>
    Array.from({ length: 1 + random.below(agents === 2 ? 4 : 2) }, step);
  return Array.from({ length: agents }, steps);
}

describe('the search of the states of threads', () => {
  // Programs from a fixed seed; a good fifth of them race, a quarter get stuck.
  test('comes to the ends, races and deadlocks of all orders, in 60 random programs', async () => {
    const random = new Random();
    random.seed(1, 0);
    const seen = { races: 0, deadlocks: 0 };
    for (let program = 0; program < 60; program++) {
      const listing = randomListing(random);
      const orders = await run(listing, 'dpor');
      const states = await run(listing, 'states');
      assert.deepEqual(states.found, orders.found, JSON.stringify(listing));
      assert.deepEqual(states.met, orders.met, JSON.stringify(listing));
      if (orders.found.some((title) => title.startsWith('data race'))) seen.races++;
      if (orders.found.includes('deadlock')) seen.deadlocks++;
    }
    assert.ok(seen.races > 6 && seen.deadlocks > 6, JSON.stringify(seen));
  });

  // A thread that throws ends everything: what others do before that must come all the same.
  test('comes to what throws, and to races, before each throw', async () => {
    const seesOne: AtomicStep[] = [
      ['load', 0],
      ['throwAt', 1],
    ];
    const ownOnly: AtomicStep[] = [
      ['store', 0, 1],
      ['load', 1],
      ['throwAt', 0],
    ];
    const ownChanged: AtomicStep[] = [
      ['store', 0, 1],
      ['load', 0],
      ['throwAt', 1],
    ];
    for (const throws of [ownOnly, ownChanged]) {
      const { found } = await run([throws, seesOne], 'states');
      assert.deepEqual(found, (await run([throws, seesOne], 'dfs')).found);
      assert.equal(found.length, 2, found.join('\n'));
    }
    const readsFirst: AtomicStep[] = [
      ['read', 0],
      ['throwAt', 0],
    ];
    const { found } = await run([readsFirst, [['store', 0, 1]]], 'states');
    assert.deepEqual(found, [
      'agent a failed: has seen 0',
      'data race on words[0]: nothing orders the two accesses',
    ]);
  });

  test('tells races on different bytes of a word apart', async () => {
    const reads: AtomicStep[] = [
      ['readByte', 0, 0],
      // After it only what changes the word later races.
      ['load', 0],
      ['readByte', 0, 1],
    ];
    const { found } = await run([reads, [['compareExchange', 0, 0, 2]]], 'states');
    assert.deepEqual(found, [
      'data race on bytes[1]: nothing orders the two accesses',
      'data race on words[0]: nothing orders the two accesses',
    ]);
  });

  test('comes to what throws, and to races, of all orders of 60 random programs', async () => {
    const random = new Random();
    random.seed(2, 0);
    let failed = 0;
    for (let program = 0; program < 60; program++) {
      const listing = randomListing(random).map((steps) => {
        const at = 1 + random.below(steps.length);
        const throws: AtomicStep = ['throwAt', random.below(2)];
        return [...steps.slice(0, at), throws, ...steps.slice(at)];
      });
      const orders = await run(listing, 'dfs');
      const states = await run(listing, 'states');
      assert.deepEqual(states.found, orders.found, JSON.stringify(listing));
      if (orders.found.some((title) => title.includes('has seen'))) failed++;
    }
    assert.ok(failed > 20, `${failed}`);
  });

  test('says how many states there are, and counts their ends', async () => {
    const one: AtomicStep[] = [['add', 0, 1]];
    const { exploration } = await run([one, one], 'states');
    assert.equal(exploration.states, 5);
    assert.equal(
      exploration.statement,
      'explored completely as to deadlocks, failures, data races and `check`, by 5 states: ' +
        '2 executions',
    );
  });

  test('takes no step of its own for what no other thread has to do with', async () => {
    const busy: AtomicStep[] = [
      ['add', 0, 1],
      ['add', 1, 1],
      ['load', 3],
    ];
    const other: AtomicStep[] = [
      ['add', 2, 1],
      ['load', 3],
    ];
    assert.equal((await run([busy, other], 'states')).exploration.states, 1);
  });

  test('knows that threads wait in another order than they came before', async () => {
    const waits: AtomicStep[] = [
      ['wait', 0, 0],
      ['add', 1, 1],
    ];
    const wakes: AtomicStep[] = [['notify', 0, 1]];
    const stuck = async (strategy: string): Promise<string[]> => {
      const { exploration } = await run([waits, waits, wakes], strategy);
      return exploration.findings.map(({ finding }) => finding.title).sort();
    };
    const titles = await stuck('states');
    assert.deepEqual(titles, await stuck('dpor'));
    assert.equal(titles.length, 3, titles.join('\n'));
    // 20 if who came first were not told apart.
    assert.equal((await run([waits, waits, wakes], 'states')).exploration.states, 22);
  });
});

const program = (name: string): URL =>
  new URL(`../execute/atomics/programs/${name}.js`, import.meta.url);

async function checked(name: string, options: CheckThreadsOptions = {}): Promise<Exploration> {
  return await checkThreads(program(name), { threads, strategy: 'states', ...options });
}

describe('by the strategy states', () => {
  for (const name of ['futex-mutex', 'bytes', 'promised']) {
    test(`${name} is correct`, async () => {
      const { complete, findings, states } = await checked(name);
      assert.equal(complete, true);
      assert.deepEqual(findings, []);
      assert.ok(states! > 1);
    });
  }

  for (const name of ['lost-wake-up', 'racy-flag', 'throwing', 'mixed-sizes']) {
    test(`${name} shows what it shows by dpor`, async () => {
      const titles = titlesOf(await checked(name, { strategy: 'dpor' }));
      assert.deepEqual(titlesOf(await checked(name)), titles);
      assert.notEqual(titles.length, 0);
    });
  }

  for (const name of ['channel', 'published', 'timed-out']) {
    test(`${name} is followed by executions, as a thread spins in it`, async () => {
      const { complete, findings, states } = await checked(name);
      assert.deepEqual([complete, findings.length, states], [true, 0, undefined]);
    });
  }

  test('what a thread returns that has ended is kept where another one spins', async () => {
    const file = new URL('./spinning-atomics.ts', import.meta.url);
    const { complete, states } = await checkThreads(file, { threads, strategy: 'states' });
    assert.deepEqual([complete, states], [true, undefined]);
    assert.deepEqual(
      [...returnedValues].sort((one, other) => one - other),
      [0, 1],
    );
  });

  test('plain accesses that are not seen are refused', async () => {
    await assert.rejects(
      checked('futex-mutex', { plain: false }),
      (error) => error instanceof UserError && error.message.includes('--no-plain'),
    );
  });
});

describe('what a thread says of itself', () => {
  const resting = new URL('./resting-threads.ts', import.meta.url);
  const states = async (says: string): Promise<Exploration> =>
    await checkThreads(resting, { threads, strategy: 'states', parameters: { says } });

  test('makes states fewer, and ends the same', async () => {
    const [nothing, rests, calls] = [
      await states('nothing'),
      await states('rest'),
      await states('call'),
    ];
    assert.deepEqual(
      [nothing, rests, calls].map(({ complete, findings }) => [complete, findings.length]),
      [
        [true, 0],
        [true, 0],
        [true, 0],
      ],
    );
    assert.ok(rests.states! < nothing.states!, `${rests.states} < ${nothing.states}`);
    assert.ok(calls.states! < nothing.states!, `${calls.states} < ${nothing.states}`);
    assert.equal(rests.counts.executions, nothing.counts.executions);
    assert.equal(calls.counts.executions, nothing.counts.executions);
  });

  test('is refused where what follows is something else', async () => {
    for (const says of ['wrong rest', 'wrong call']) {
      await assert.rejects(states(says), /does something else when it has been answered the same/);
    }
  });
});

describe('a set of states', () => {
  test('has each number once, the one of zeros too, and forgets what is too much', () => {
    const set = new StateSet(3000);
    for (let time = 0; time < 2; time++) {
      for (let at = 0; at < 2000; at++) assert.equal(set.add(at * 7, at >> 1), time === 0);
    }
    assert.equal(set.size, 2000);
    const full = new StateSet(1);
    assert.deepEqual(
      [full.add(1, 2), full.add(3, 4), full.add(3, 4), full.add(1, 2)],
      [true, true, true, false],
    );
  });
});
