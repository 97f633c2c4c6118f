import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { command, put, scratchFolder } from './command.ts';
import { scenarioText, type Parts } from './scenario-text.ts';

const folder = scratchFolder();
const outFolder = join(folder, 'findings');

/** `heddle explore`, or what `how` says, refuses the file: status 2, one line with these words. */
function refuses(what: string, said: RegExp, path: string, how = ['explore']): void {
  test(`${how[0]} refuses ${what}`, async () => {
    const [name = '', ...more] = how;
    const { status, err } = await command(name, path, '--out', outFolder, ...more);
    assert.match(err, said);
    assert.equal(status, 2, err);
    assert.match(err, /^heddle: [^\n]+\n$/, 'one line');
    assert.doesNotMatch(err, /\[internal\]|^\s+at /m);
    assert.ok(!existsSync(outFolder), 'nothing is written');
  });
}

let files = 0;

function file(content: string, extension = 'mjs'): string {
  return put(folder, `scenario${files++}.${extension}`, content);
}

function scenario(parts: Parts, extension?: string): string {
  return file(scenarioText(parts), extension);
}

const free = ['run', '--seconds', '1'];

describe('a scenario file', () => {
  const missing = join(folder, 'nowhere.ts');
  refuses('one that is not there', /there is no scenario file .*nowhere\.ts/, missing);
  mkdirSync(join(folder, 'folder'));
  refuses('a folder', /folder is not a file: name a scenario file/, join(folder, 'folder'));
  const ending = /no scenario file: its name must end in \.ts, \.mts, \.js or \.mjs/;
  refuses('a text', ending, put(folder, 'note.txt', 'a note'));

  const broken = scenarioText({ one: 'yield* (;' });
  refuses('a syntax error', /scenario\d+\.mjs:\d+ does not load: SyntaxError: Unex/, file(broken));
  const typed = file(broken, 'ts');
  refuses(
    'a syntax error in TypeScript',
    /scenario\d+\.ts:12 does not load: Unexpected ";"/,
    typed,
  );
  const absent = file(`import { x } from './absent.ts';\nexport default x;\n`, 'ts');
  refuses('the import of a missing module', /Cannot find module '.*absent\.ts' imported/, absent);
  const pack = file(`import { x } from 'no-such-package';\nexport default x;\n`);
  refuses('the import of a missing package', /Cannot find package 'no-such-package'/, pack);
  const nothing = file(`import { nothing } from 'heddle';\nexport default nothing;\n`);
  refuses('the import of what is not exported', /mjs:1 does not load: .*named 'nothing'/, nothing);
  const throws = file(`const x: number = 1;\n\nthrow new Error(\`not \${x} day\`);\n`, 'ts');
  refuses('one that throws', /scenario\d+\.ts:3 does not load: Error: not 1 day/, throws);
  refuses(
    'one that throws no error',
    /does not load: it throws \{ a: 1 \}/,
    file('throw { a: 1 }'),
  );
  refuses(
    'one without a scenario',
    /exports no scenario: its default/,
    file('export const a = 1;'),
  );
  const plain = file(`export default { name: 'plain' };`);
  refuses('one whose scenario was not checked', /exports no scenario: its default export/, plain);
  const named = scenario({ start: 'export const mine =' });
  refuses('one that exports by a name', /exports its scenario as `mine`: its default/, named);
});

describe('a scenario', () => {
  const agent = /mjs:2: scenario "counting": `agents\.three`: expected a generator function: func/;
  refuses('an agent that is no generator', agent, file(threeAgents('async () => undefined')));
  const field =
    /mjs:2: scenario "counting": `variant` is no field here: did you mean "variants" or "in/;
  refuses('a mistyped field', field, scenario({ more: 'variant: {},' }));
  const inner =
    /`variants\.bare\.show` is no field here: did you mean "shows"\? there are summary, /;
  const more = `variants: { bare: { summary: 'x', show: [] } },`;
  refuses('a mistyped inner field', inner, scenario({ more }));
  const absent = /`variants\.bare\.summary` is missing/;
  refuses('a missing field', absent, scenario({ more: 'variants: { bare: {} },' }));
  const unknown = /`forms\.full\.agents`: no agent is named "on"; there are one, two/;
  const forms = `forms: { full: { summary: 'x', agents: ['on'] } },`;
  refuses('a form of an unknown agent', unknown, scenario({ more: forms }));
  const strategy = /`forms\.full\.strategy`: no strategy is named "pctx": did you mean "pct"\?/;
  const guided = `forms: { full: { summary: 'x', agents: ['one'], strategy: 'pctx' } },`;
  refuses('an unknown strategy', strategy, scenario({ more: guided }));

  const throws = scenario({ setup: '() => nothing.there' });
  const fails = /its set-up fails at .*mjs:4: ReferenceError: nothing is not defined/;
  refuses('a set-up that throws', fails, throws);
  refuses('a set-up that throws', fails, throws, free);
  const release = /^heddle: scenario "counting", variant "[^"]+": `release` is one of v3\.19, /;
  const kernel = new URL('../../src/kernel/kernel.ts', import.meta.url).href;
  const old = `(arena) => kernel.makeKernel(arena, { release: 'v5.10' })`;
  const imports = `import * as kernel from '${kernel}';\n`;
  refuses('a release that is not modelled', release, file(imports + scenarioText({ setup: old })));
  const twice = scenario({ setup: `(arena) => [arena.word('a'), arena.mutex('a')]` });
  refuses('two objects of one name', /fails at .*mjs:4: two objects .* are named "a"/, twice);
  const later = scenario({ setup: `async (arena) => ({ counter: arena.word('counter') })` });
  refuses('an asynchronous set-up', /its set-up is asynchronous: it must lay out and/, later);
  const early = scenario({ setup: `(arena) => [arena.word('a').store(1)]` });
  refuses('a set-up with an operation', /its set-up makes an operation, which only/, early);

  const laid = (what: string): string => scenario({ setup: `(arena) => ({ it: ${what} })` });
  const at = String.raw`counting", variant "default": its set-up fails at .*mjs:4: `;
  const mistakes: Record<string, string> = {
    [`arena.word(7)`]: 'an object of the arena has a text for its name, not 7',
    [`arena.mutex('')`]: `an object of the arena has a text for its name, not ''`,
    [`arena.word('a', 1.5)`]: '`arena.word` "a" takes a whole number of 32 bits, not 1.5',
    [`arena.word('a', '1')`]: `\`arena.word\` "a" takes a whole number of 32 bits, not '1'`,
    [`arena.word('a', 0, { guardBy: 'b' })`]:
      'word "a": `guardBy` is no option: did you mean "guardedBy"? there are guardedBy, ' +
      'writesNeed, readsNeed',
    [`arena.word('a', 0, 'b')`]: `word "a" takes an object with guardedBy, writesNeed`,
    [`arena.word('a', 0, { guardedBy: 3 })`]: 'word "a": `guardedBy` takes locks or their names',
    [`[arena.mutex('lock'), arena.word('a', 0, { guardedBy: 'luck' })]`]:
      'word "a": `guardedBy` names "luck", which is no lock of the arena: did you mean "lock"?',
    [`arena.mutex('a', { klass: 'b' })`]: '"a": `klass` is no option: did you mean "class"?',
    [`arena.mutex('a', { class: 3 })`]: '"a": `class` is a text, not 3',
    [`arena.activeRef('a', { activ: true })`]: '`arena.activeRef`: `activ` is no option: did',
    [`arena.activeRef('a', { active: 1 })`]: '`active` of `arena.activeRef` is true or false',
    [`arena.region('a')`]: '`arena.region` takes a function that allocates, not undefined',
    [`arena.region('a', () => 1, { retire: true })`]: '`arena.region`: `retire` is no option',
    [`arena.section('a', { require: 'b' })`]: 'section "a": `require` is no option: did you mean',
    [`arena.leaf('b')`]: '`arena.leaf` names "b", which is no lock of the arena: it has no locks',
    [`arena.level('b', 1)`]: '`arena.level` names "b", which is no lock of the arena',
  };
  for (const [what, said] of Object.entries(mistakes)) {
    const escaped = said.replace(/[`?.()|]/g, String.raw`\$&`);
    refuses(`\`${what}\``, new RegExp(at + escaped), laid(what));
  }

  const condition = (holds: string): string =>
    scenario({ more: `invariants: [{ name: 'sane', when: 'end', holds: (world) => ${holds} }],` });
  const wrong = /invariant "sane" fails at .*mjs:\d+: TypeError: .*reading 'peek'/;
  refuses('an invariant that throws', wrong, condition('world.countr.peek() === 1'));
  refuses('an invariant that throws', wrong, condition('world.countr.peek() === 1'), free);
  const operation = /invariant "sane" makes an operation: it reads words by `peek\(\)` only/;
  refuses('an invariant with an operation', operation, condition('world.counter.load() === 1'));
});

/** A scenario with one more agent. */
function threeAgents(third: string): string {
  return scenarioText().replace('agents: {', `agents: {\n    three: ${third},`);
}

/** `heddle replay` of a schedule in which agent `one` moves first. */
function replayOf(path: string): string[] {
  const file = {
    heddleSchedule: 1,
    scenario: 'counting',
    scenarioFile: path,
    variant: 'default',
    form: 'full',
    schedule: [{ agent: 'one', steps: 1 }],
  };
  return ['replay', put(folder, `schedule${files++}.json`, JSON.stringify(file))];
}

function refusesEverywhere(what: string, said: RegExp, parts: Parts, extension?: string): void {
  const path = scenario(parts, extension);
  refuses(what, said, path);
  refuses(what, said, path, free);
  test(`replay refuses ${what}`, async () => {
    const { status, err } = await command(...replayOf(path));
    assert.match(err, said);
    assert.equal(status, 2, err);
  });
}

describe('a word', () => {
  const values: Record<string, string> = {
    'counter.write(1.5)': '`write` of word "counter" takes a whole number of 32 bits, not 1\\.5',
    'counter.store("1")': '`store` of word "counter" takes a whole number of 32 bits, not \'1\'',
    'counter.add()': '`add` of word "counter" takes a whole number of 32 bits, not undefined',
    'counter.exchange(2 ** 32)': '`exchange` of word "counter" takes .* not 4294967296',
    'counter.compareExchange(0, NaN)': '`compareExchange` of word "counter" takes .* not NaN',
    'counter.waitUntil(null)': '`waitUntil` of word "counter" takes .* not null',
  };
  for (const [call, said] of Object.entries(values)) {
    const where = `counting", agent "one", at .*mjs:\\d+: ${said}\n$`;
    const one = `yield* world.${call};`;
    refusesEverywhere(`\`${call}\``, new RegExp(where), { one });
  }

  test('holds numbers of 32 bits, signed or not', async () => {
    const one = 'yield* world.counter.store(0xffffffff); yield* world.counter.store(-1 << 31);';
    const path = scenario({ one, two: '' });
    const { status, err } = await command('explore', path, '--out', outFolder);
    assert.equal(status, 0, err);
  });
});

describe('what the set-up did not declare', () => {
  const first = 'yield* world.lock.acquire();\n';
  const said = new RegExp(
    'scenario "counting", agent "one", at .*:13: `world` has no `countr`: ' +
      'did you mean "counter"\\? its set-up declares counter, lock, inner, words\n',
  );
  refusesEverywhere('a mistyped word', said, { one: `${first}yield* world.countr.read();` });
  const typed = { one: `${first}yield* world.countr.read();` };
  refusesEverywhere('a mistyped word in TypeScript', said, typed, 'ts');

  const taken = `const { lock, countr } = world;\nyield* lock.acquire();\nyield* countr.read();`;
  refuses('one taken apart', /at .*:12: `world` has no `countr`/, scenario({ one: taken }));
  const nested = scenario({ one: 'yield* world.inner.deth.read();' });
  refuses('one in an inner object', /`world\.inner` has no `deth`: did you mean "depth"\?/, nested);
  const array = scenario({ one: 'yield* world.words[1].read();' });
  refuses('one beyond an array', /`world\.words` has no \[1\]: its set-up declares 1 of/, array);
  const bare = scenario({ one: 'yield* world.countr;' });
  refuses('one that is yielded itself', /`world` has no `countr`/, bare);
  const call = scenario({ one: 'yield* world.countr();' });
  refuses('one that is called', /`world` has no `countr`/, call);

  /** Of a failure that has another reason the finding is told. */
  function stays(what: string, one: string): void {
    test(`${what} stays a finding`, async () => {
      const out = join(folder, `findings${files++}`);
      const path = scenario({ one });
      const explored = await command('explore', path, '--executions', '9', '--out', out);
      assert.equal(explored.status, 1, explored.err);
      assert.match(explored.out, /agent-failed, happened/);
      const ran = await command('run', path, '--seconds', '0.5', '--out', out);
      assert.equal(ran.status, 1, ran.err);
    });
  }
  stays('a failure of another kind', `yield* world.counter.load(); throw new Error('no');`);
  stays('a use of null', `if (world.debug) return; yield* world.counter.load(); null.x();`);
  stays('a mistyped method', 'yield* world.counter.lode();');
  stays('a failure under a lock', 'yield* world.lock.acquire(); null.x();');
  stays(
    'a failure that is cleaned up after',
    [
      'yield* world.lock.acquire();',
      'try { null.x(); } finally { yield* world.lock.release(); }',
    ].join('\n'),
  );
});

describe('a forgotten `yield*`', () => {
  const said =
    /"counting", at .*:13 in one: an operation was made but never yielded: put `yield\*` b/;
  const one = 'yield* world.lock.acquire();\nworld.counter.read();\nyield* world.lock.release();';
  refusesEverywhere('one in the middle', said, { one });
  const last = 'yield* world.lock.acquire(); yield* world.lock.release();\nworld.counter.read();';
  refusesEverywhere('one at the end', said, { one: last });
});
