// Builds dist/ from nothing: tsc for the .ts files, a copy for the plain .mjs files beside them.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

// The launcher is shipped where it is, since `bin` names it there and its paths count from there.
const launcher = join('src', 'cli', 'heddle.mjs');

rmSync(dist, { recursive: true, force: true });
const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

for (const folder of ['src', 'workers']) {
  if (!existsSync(join(root, folder))) continue;
  for (const name of readdirSync(join(root, folder), { recursive: true })) {
    const path = join(folder, name);
    if (path.endsWith('.mjs') && path !== launcher) cpSync(join(root, path), join(dist, path));
  }
}
