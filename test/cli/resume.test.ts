import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { command, launch, put, scratchFolder } from './command.ts';
import { racyAdd } from './scenario-text.ts';

const folder = scratchFolder();

/** A scenario file: so many agents read a counter, and write one more. */
function textOf(agents: number): string {
  const adder = `function* (world) { ${racyAdd} }`;
  const all = Array.from({ length: agents }, (_, index) => `adder${index}: ${adder}`);
  return `import { scenario } from 'heddle';
export default scenario({
  name: 'counting', summary: 'agents count', source: 'a test',
  setup: (arena) => ({ counter: arena.word('counter'), lock: arena.mutex('lock') }),
  agents: { ${all.join(', ')} },
  variants: {
    bare: { summary: 'no lock', shows: [{ kind: 'data-race' }] },
    other: { summary: 'the same', shows: [{ kind: 'data-race' }] },
  },
});
`;
}

const scenario = put(folder, 'racy.mjs', textOf(3));
const bare = ['--variant', 'bare', '--form', 'full'];

interface Told {
  readonly counts: Record<string, number>;
  readonly complete: boolean;
  readonly statement: string;
  readonly checkpoint: string | null;
  readonly findings: readonly { readonly fingerprint: string; readonly occurrences: number }[];
}

/** What `explore --json` says of its only form. */
async function explored(...args: string[]): Promise<Told> {
  const { out, err } = await command('explore', ...args, '--json');
  assert.equal(err, '');
  const { variants } = JSON.parse(out) as { variants: { forms: Told[] }[] };
  return variants[0]!.forms[0]!;
}

/** What must be the same however often a search was interrupted. */
function total({ counts, findings }: Told): unknown {
  const { elapsedMs, ...others } = counts;
  assert.ok(elapsedMs! > 0);
  return [
    // Traces are told apart in one go only.
    { ...others, traces: 0 },
    Object.fromEntries(findings.map(({ fingerprint, occurrences }) => [fingerprint, occurrences])),
  ];
}

describe('explore --resume', () => {
  const coarse = 'dpor --equivalence observers';
  const bounded = 'dpor --preemptions 2';
  for (const strategy of ['dpor', coarse, bounded, 'dfs', 'preemptions', 'delays', 'states']) {
    test(`comes to what an uninterrupted search comes to: ${strategy}`, async () => {
      const out = join(folder, strategy.replaceAll(' ', '-'));
      const named = [scenario, ...bare, '--strategy', ...strategy.split(' '), '--out', out];
      const whole = await explored(...named);
      assert.ok(whole.complete);
      const few = strategy === 'states' ? 1 : 8;
      const part = await explored(...named, '--executions', `${few}`);
      assert.ok(!part.complete);
      const file = part.checkpoint!;
      assert.ok(existsSync(file));
      const more = strategy === 'states' ? 1 : 10;
      const further = await explored('--resume', file, '--executions', `${more}`, '--out', out);
      assert.equal(further.counts['executions']! - further.counts['abandoned']!, few + more);
      const end = await explored('--resume', file, '--out', out);
      assert.deepEqual(total(end), total(whole));
      assert.equal(end.statement, whole.statement);
    });
  }

  test('goes on on other threads than those that were interrupted', async () => {
    const file = join(folder, 'named.json');
    const out = join(folder, 'threads');
    const named = [scenario, ...bare, '--strategy', 'dpor', '--out', out, '--checkpoint', file];
    const whole = await explored(...named);
    assert.ok(!existsSync(file));
    await explored(...named, '--executions', '8', '--threads', '2');
    const end = await explored('--resume', file, '--threads', '3', '--out', out);
    assert.deepEqual(total(end), total(whole));
    assert.equal(end.statement, `${whole.statement}, on 3 threads`);
  });

  test('takes what Ctrl-C has left', async () => {
    const out = join(folder, 'interrupted');
    const big = put(folder, 'big.mjs', textOf(6));
    const args = ['explore', big, ...bare, '--strategy', 'dpor', '--out', out];
    const launched = launch([...args, '--threads', '2']);
    await launched.says(/data race on counter/);
    launched.child.kill('SIGINT');
    const { status, out: said } = await launched.ended;
    assert.equal(status, 130);
    const file = /go on: npx heddle explore --resume (\S+)/.exec(said)?.[1];
    assert.ok(file !== undefined, said);
    const before = JSON.parse(/"counts":(\{[^}]*\})/.exec(readFileSync(file, 'utf8'))![1]!) as {
      executions: number;
    };
    const end = await explored('--resume', file, '--executions', '10', '--out', out);
    assert.equal(end.counts['executions'], before.executions + 10);
  });

  describe('refuses in one line', () => {
    const file = join(folder, 'refused.json');
    const refused = async (message: RegExp, ...args: string[]): Promise<void> => {
      if (!existsSync(file)) {
        const named = [scenario, ...bare, '--strategy', 'dpor', '--out', folder];
        await explored(...named, '--checkpoint', file, '--executions', '8');
      }
      const { status, err } = await command('explore', ...args);
      assert.equal(status, 2);
      assert.match(err, message);
      assert.equal(err.trim().split('\n').length, 1);
    };

    test('another scenario, variant, form, strategy, seed or bound', async () => {
      const resume = ['--resume', file];
      await refused(
        /is of scenario "counting", not of "add-vs-online"/,
        'add-vs-online',
        ...resume,
      );
      await refused(/with `--variant bare`, not other/, ...resume, '--variant', 'other');
      await refused(/with `--form full`, not small/, ...resume, '--form', 'small');
      await refused(/with `--strategy dpor`, not dfs/, ...resume, '--strategy', 'dfs');
      await refused(/with `--seed 1`, not 2/, ...resume, '--seed', '2');
      await refused(/with `--preemptions any`, not 2/, ...resume, '--preemptions', '2');
      await refused(/with `--delays any`, not 2/, ...resume, '--delays', '2');
      const coarse = ['--equivalence', 'observers'];
      await refused(/with `--equivalence traces`, not observers/, ...resume, ...coarse);
      await refused(/is a search without `--check-forget`: leave/, ...resume, '--check-forget');
      await refused(/is a search without `--symmetry`: leave/, ...resume, '--symmetry');
    });

    test('a file that is not there, is no checkpoint, or is damaged', async () => {
      await refused(/there is no checkpoint nowhere/, '--resume', 'nowhere');
      await refused(/racy.mjs is not a checkpoint/, '--resume', scenario);
      const damaged = join(folder, 'damaged.json');
      writeFileSync(
        damaged,
        readFileSync(file, 'utf8').replace('"executions":8', '"executions":2'),
      );
      await refused(/damaged.json is damaged: its digest is wrong/, '--resume', damaged);
    });

    test('a program that has changed since', async () => {
      await refused(/there is no/, '--resume', 'nowhere');
      const changed = put(folder, 'changed.mjs', textOf(2));
      await refused(/is of another program: the scenario has changed/, changed, '--resume', file);
    });

    test('a strategy that is not saved, and one file for two searches', async () => {
      const named = [scenario, '--checkpoint', join(folder, 'x.json'), '--out', folder];
      await refused(/is never through/, ...named, ...bare, '--strategy', 'random');
      await refused(/is of one search/, ...named, '--strategy', 'dpor');
      await refused(/name a scenario/);
    });
  });
});
