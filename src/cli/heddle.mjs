#!/usr/bin/env node
// The launcher: in a source checkout main.ts runs through tsx; the built package runs from dist.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.setSourceMapsEnabled(true);

const source = new URL('./main.ts', import.meta.url);
const built = new URL('../../dist/src/cli/main.js', import.meta.url);
const parameters = process.argv.slice(2);

if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register();
  process.exitCode = await (await import(source.href)).main(parameters);
} else if (existsSync(built)) {
  process.exitCode = await (await import(built.href)).main(parameters);
} else {
  process.stderr.write(
    `heddle: the package is incomplete: ${fileURLToPath(built)} is missing; ` +
      'install heddle again, or run `npm run build` in its sources\n',
  );
  process.exitCode = 2;
}

// Threads that are just starting would hold up an interrupted process until they have started.
if (process.exitCode === 130) process.stdout.write('', () => process.exit());
