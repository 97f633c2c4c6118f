#!/usr/bin/env node
// The launcher: in a source checkout main.ts runs through tsx; the built package runs from dist.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.setSourceMapsEnabled(true);

const source = new URL('./main.ts', import.meta.url);
const built = new URL('../../dist/src/cli/main.js', import.meta.url);

if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(source.href);
} else if (existsSync(built)) {
  await import(built.href);
} else {
  process.stderr.write(
    `heddle: the package is incomplete: ${fileURLToPath(built)} is missing; ` +
      'install heddle again, or run `npm run build` in its sources\n',
  );
  process.exitCode = 2;
}
