import * as workerThreads from 'node:worker_threads';
import { Mutex as AsyncMutex } from 'async-mutex';
import { AgentTable, Mutex } from '../../src/locks/index.ts';

/** Tasks that want the lock at the same time. */
const tasks = 4;
const turns = 5;
const rounds = 2000;

/** Runs a section under the lock. */
type Section = (body: () => void) => Promise<unknown>;

interface WebLocks {
  request(name: string, body: () => void): Promise<unknown>;
}

function sections(): [name: string, section: Section | string][] {
  const buffer = new SharedArrayBuffer(AgentTable.bytes() + Mutex.bytes);
  const mutex = new Mutex(new AgentTable(buffer).join(), AgentTable.bytes());
  const other = new AsyncMutex();
  const { locks } = workerThreads as { locks?: WebLocks };
  return [
    ['Heddle Mutex, withLockAsync', (body) => mutex.withLockAsync(body)],
    ['async-mutex, runExclusive (one thread only)', (body) => other.runExclusive(body)],
    [
      'Web Locks, request',
      locks === undefined
        ? 'SKIPPED: this Node has none, 24 has'
        : (body) => locks.request('a', body),
    ],
  ];
}

async function measure(section: Section, wanted: number): Promise<number> {
  let count = 0;
  const begun = process.cpuUsage();
  const task = async (): Promise<void> => {
    for (let round = 0; round < rounds / wanted; round++) await section(() => count++);
  };
  await Promise.all(Array.from({ length: wanted }, task));
  const { user, system } = process.cpuUsage(begun);
  return ((user + system) * 1000) / count;
}

/** Locks that one event loop waits for without blocking: processor time of a section. */
export async function asyncBench(): Promise<void> {
  process.stdout.write('\nasynchronous, one thread: a section, alone and with tasks that wait\n');
  for (const [name, section] of sections()) {
    if (typeof section === 'string') {
      process.stdout.write(`  ${name.padEnd(45)}  ${section}\n`);
      continue;
    }
    let [alone, together] = [Infinity, Infinity];
    for (let turn = 0; turn < turns; turn++) {
      alone = Math.min(alone, await measure(section, 1));
      together = Math.min(together, await measure(section, tasks));
    }
    const cells = [alone, together].map((ns) => `${ns.toFixed(0).padStart(9)} ns`);
    process.stdout.write(`  ${name.padEnd(45)}${cells.join('')}\n`);
  }
}
