import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as workerThreads from 'node:worker_threads';

const workers = 2;
const rounds = 20;

/** Adds one under a lock, with a pause between reading and writing, so many times. */
const adder = `
  const { locks, workerData } = require('node:worker_threads');
  const words = new Int32Array(workerData);
  // A request that waits does not keep a worker alive: without this it ends there, silently.
  const alive = setInterval(() => undefined, 1000);
  (async () => {
    for (let round = 0; round < ${rounds}; round++) {
      await locks.request('counter', async () => {
        const seen = words[0];
        await new Promise((resolve) => setImmediate(resolve));
        words[0] = seen + 1;
      });
    }
    clearInterval(alive);
  })();
`;

describe('locks of node:worker_threads', () => {
  const skip = 'locks' in workerThreads ? false : `Node ${process.version} has none; 24 has`;
  // They are the platform's, not made of Atomics: they cannot be explored, only run.
  test('let one worker in at a time, if the workers are kept alive', { skip }, async () => {
    const words = new Int32Array(new SharedArrayBuffer(4));
    await Promise.all(
      Array.from({ length: workers }, () => {
        const worker = new workerThreads.Worker(adder, { eval: true, workerData: words.buffer });
        return new Promise((resolve, reject) => {
          worker.once('error', reject);
          worker.once('exit', resolve);
        });
      }),
    );
    assert.equal(words[0], workers * rounds);
  });
});
