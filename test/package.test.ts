import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { scenarioText } from './cli/scenario-text.ts';
import { projectRoot, readTree } from './tidy/tree.ts';

const commandMsMax = 60_000;

/** The environment of a person at a shell: without what npm and the test runner add to it. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const dropped =
    /^(npm_(package|lifecycle|config_(package|local_prefix))|INIT_CWD|NODE_(TEST|OPTIONS|V8))/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !dropped.test(name)));
}

function run(folder: string, command: string, ...parameters: string[]): string {
  const shell = process.platform === 'win32';
  const child = spawnSync(command, parameters, {
    cwd: folder,
    encoding: 'utf8',
    env: plainEnvironment(),
    shell,
    timeout: commandMsMax,
  });
  const said = `${command} ${parameters.join(' ')}\n${child.stdout}\n${child.stderr}`;
  assert.equal(child.status, 0, said);
  return child.stdout;
}

/** Copies the project's own files, so that packing does not write into the folder under test. */
function copyProject(folder: string): void {
  for (const path of readTree().keys()) {
    if (!/^(test|bench)\//.test(path)) cpSync(join(projectRoot, path), join(folder, path));
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'), 'junction');
}

describe('the packed package', () => {
  const root = mkdtempSync(join(tmpdir(), 'heddle-package-'));
  const [sources, packed, user] = ['sources', 'packed', 'user'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  const installed = join(user, 'node_modules', 'heddle');

  before(() => {
    for (const folder of [sources, packed, user]) mkdirSync(folder);
    copyProject(sources);
    run(sources, 'npm', 'pack', '--silent', '--pack-destination', packed);
    const [tarball = 'no tarball'] = readdirSync(packed);
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--prefix', user];
    run(user, 'npm', 'install', ...options, join(packed, tarball));
    // The built package must not need tsx: without it, a use of tsx is a failure to be seen.
    rmSync(join(user, 'node_modules', 'tsx'), { recursive: true });
  });

  after(() => rmSync(root, { recursive: true, force: true }));

  test('holds every worker entry and scenario, built', () => {
    const entries = [...readTree().keys()].filter((path) => /^(workers|scenarios)\//.test(path));
    assert.ok(
      entries.some((path) => path.startsWith('workers/')),
      'there are workers',
    );
    for (const path of entries.filter((entry) => /\.(ts|mjs)$/.test(entry))) {
      const built = join('dist', path.replace(/\.ts$/, '.js'));
      assert.ok(existsSync(join(installed, built)), `${built} is in the package`);
    }
  });

  test('holds no source, test or benchmark', () => {
    const names = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    const isSource = (name: string): boolean => name.endsWith('.ts') && !name.endsWith('.d.ts');
    const unwanted = names.filter(
      (name) => /(^|[\\/])(test|bench)[\\/]/.test(name) || isSource(name),
    );
    assert.deepEqual(unwanted, []);
  });

  test('lists its scenarios', () => {
    assert.match(run(user, 'npx', 'heddle', 'list'), /add-vs-online/);
  });

  test('explores a scenario', () => {
    const wanted = ['--variant', 'v3.19', '--executions', '200', '--json'];
    const output = run(user, 'npx', 'heddle', 'explore', 'add-vs-online', ...wanted);
    assert.match(JSON.stringify(JSON.parse(output)), /add-vs-online/);
  });

  test('runs a scenario of the user on threads, in JavaScript without tsx', () => {
    writeFileSync(join(user, 'mine.mjs'), scenarioText());
    const output = run(user, 'npx', 'heddle', 'run', './mine.mjs', '--seconds', '0.5');
    assert.match(output, /default: as expected/);
  });

  test('runs a scenario of the user on threads, in TypeScript with tsx', () => {
    writeFileSync(join(user, 'mine.ts'), scenarioText({ two: 'const one: number = 1; void one;' }));
    const parameters = ['heddle', 'run', './mine.ts', '--seconds', '0.5'];
    const options = { cwd: user, encoding: 'utf8', env: plainEnvironment() } as const;
    const { status, stderr } = spawnSync('npx', parameters, options);
    assert.match(
      stderr,
      /heddle: mine\.ts is TypeScript, and tsx, which loads it, is not installed/,
    );
    assert.equal(status, 2);
    const tsx = join('node_modules', 'tsx');
    symlinkSync(join(projectRoot, tsx), join(user, tsx), 'junction');
    try {
      assert.match(run(user, 'npx', ...parameters), /default: as expected/);
      assert.match(run(user, 'npx', 'heddle', 'explore', './mine.ts'), /default: as expected/);
    } finally {
      rmSync(join(user, tsx));
    }
  });

  test('has locks that need nothing else of it', () => {
    const text = `
      import { Worker, isMainThread, workerData } from 'node:worker_threads';
      import { AgentTable, Mutex } from 'heddle/locks';
      const at = AgentTable.bytes();
      const buffer = workerData ?? new SharedArrayBuffer(at + Mutex.bytes + 64);
      const table = new AgentTable(buffer);
      const mutex = new Mutex(table.join(), at);
      const words = new Int32Array(buffer, at + Mutex.bytes);
      for (let round = 0; round < 10_000; round++) mutex.withLock(() => (words[0] += 1));
      if (isMainThread) {
        const worker = new Worker(new URL(import.meta.url), { workerData: buffer });
        table.watch(worker);
        worker.once('exit', () => console.log(words[0]));
      }
    `;
    writeFileSync(join(user, 'locks.mjs'), text);
    assert.equal(run(user, process.execPath, 'locks.mjs'), '20000\n');
    assert.throws(() => run(user, process.execPath, '-e', "import('heddle/locks/mutex.js')"));
  });

  test('is imported by its name, and by no inner path', () => {
    const program = (name: string): string[] => ['--input-type=module', '-e', `import '${name}';`];
    run(user, process.execPath, ...program('heddle'));
    assert.throws(() => run(user, process.execPath, ...program('heddle/dist/src/index.js')));
  });
});
