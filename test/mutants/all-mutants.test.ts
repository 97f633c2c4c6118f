import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../tidy/tree.ts';
import { allMutants } from './all-mutants.ts';

// `npm run mutants` takes hours; that its faults can still be put in is seen here.
describe('the mutants', () => {
  test('find their texts, once each', () => {
    const stale = allMutants.filter(({ file, from }) => {
      const path = join(projectRoot, 'src', file);
      return !existsSync(path) || readFileSync(path, 'utf8').split(from).length !== 2;
    });
    assert.deepEqual(
      stale.map(({ name }) => name),
      [],
    );
  });

  test('have names of their own, and tests that there are', () => {
    assert.equal(new Set(allMutants.map(({ name }) => name)).size, allMutants.length);
    const tests = new Set(allMutants.flatMap((mutant) => mutant.tests));
    const missing = [...tests].filter((name) => !existsSync(join(projectRoot, 'test', name)));
    assert.deepEqual(missing, []);
  });
});
