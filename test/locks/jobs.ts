import { parentPort } from 'node:worker_threads';
import {
  Barrier,
  Completion,
  Condition,
  Mutex,
  Once,
  SeqLock,
  type Agent,
} from '../../src/locks/index.ts';
import { lockKinds, type LockKindName } from './lock-kinds.ts';

/** What a test's thread is told to do. Offsets are in bytes, words are indexes of the buffer. */
export type Job =
  | {
      what: 'count';
      kind: LockKindName;
      offset: number;
      word: number;
      rounds: number;
      spins?: number;
    }
  | { what: 'compare'; kind: LockKindName; offset: number; word: number; rounds: number }
  | { what: 'take'; kind: LockKindName; offset: number; limitMs?: number }
  | { what: 'take and give'; kind: LockKindName; offset: number }
  | { what: 'keep'; kind: LockKindName; offset: number }
  | { what: 'read sequences'; offset: number; word: number; rounds: number }
  | { what: 'pass'; mutex: number; condition: number; word: number; turn: number; rounds: number }
  | { what: 'meet'; offset: number; parties: number; word: number; rounds: number }
  | { what: 'await'; offset: number }
  | { what: 'call once'; offset: number; word: number }
  | { what: 'die in once'; offset: number };

/** Does what a test says; the answer goes back to it. */
export function doJob(agent: Agent, job: Job): unknown {
  switch (job.what) {
    case 'count':
      return count(agent, job);
    case 'compare':
      return compare(agent, job);
    case 'take':
      return take(agent, job);
    case 'take and give': {
      const lock = lockKinds[job.kind].make(agent, job.offset);
      const outcome = lock.lock();
      if (lock.inconsistent) lock.makeConsistent();
      lock.unlock();
      return outcome;
    }
    case 'keep':
      lockKinds[job.kind].make(agent, job.offset).lock();
      stay(agent);
      return undefined;
    case 'read sequences':
      return readSequences(agent, job);
    case 'pass':
      return pass(agent, job);
    case 'meet':
      return meet(agent, job);
    case 'await':
      new Completion(agent, job.offset).wait();
      return 'done';
    case 'call once':
      return new Once(agent, job.offset).call(() => agent.words[job.word]!++);
    case 'die in once':
      new Once(agent, job.offset).call(() => stay(agent));
      return undefined;
  }
}

/** Says that it is there, and never comes back. */
function stay(agent: Agent): never {
  parentPort!.postMessage({ answer: agent.id });
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  for (;;) Atomics.wait(nothing, 0, 0);
}

function take(agent: Agent, job: Job & { what: 'take' }): unknown {
  const lock = lockKinds[job.kind].make(agent, job.offset);
  return job.limitMs === undefined ? lock.lock() : lock.lockFor(job.limitMs);
}

/** Counts in two words by plain accesses: without exclusion counts are lost. */
function count(agent: Agent, job: Job & { what: 'count' }): number {
  const { spins } = job;
  const lock = lockKinds[job.kind].make(agent, job.offset, { spins });
  const { words } = agent;
  for (let round = 0; round < job.rounds; round++) {
    lock.lock();
    words[job.word] = words[job.word]! + 1;
    words[job.word + 1] = words[job.word + 1]! + 1;
    lock.unlock();
  }
  return job.rounds;
}

/** How often two words that writers change together were not alike. */
function compare(agent: Agent, job: Job & { what: 'compare' }): number {
  const lock = lockKinds[job.kind].make(agent, job.offset);
  const { words } = agent;
  let unlike = 0;
  for (let round = 0; round < job.rounds; round++) {
    lock.lock();
    if (words[job.word] !== words[job.word + 1]) unlike++;
    lock.unlock();
  }
  return unlike;
}

function readSequences(agent: Agent, job: Job & { what: 'read sequences' }): number {
  const lock = new SeqLock(agent, job.offset);
  const { words } = agent;
  let unlike = 0;
  for (let round = 0; round < job.rounds; round++) {
    const isAlike = lock.read(() => {
      const one = Atomics.load(words, job.word);
      return one === Atomics.load(words, job.word + 1);
    });
    if (!isAlike) unlike++;
  }
  return unlike;
}

/** Two threads take turns: each waits for the word to be its own. */
function pass(agent: Agent, job: Job & { what: 'pass' }): number {
  const mutex = new Mutex(agent, job.mutex);
  const condition = new Condition(agent, job.condition);
  const { words } = agent;
  for (let round = 0; round < job.rounds; round++) {
    mutex.lock();
    condition.waitUntil(mutex, () => words[job.word]! % 2 === job.turn);
    words[job.word] = words[job.word]! + 1;
    condition.notifyOne();
    mutex.unlock();
  }
  return job.rounds;
}

/** Counts arrivals of all; how often somebody was behind when a barrier had opened. */
function meet(agent: Agent, job: Job & { what: 'meet' }): { behind: number; serial: number } {
  const barrier = new Barrier(agent, job.offset, job.parties);
  const { words } = agent;
  let behind = 0;
  let serial = 0;
  for (let round = 1; round <= job.rounds; round++) {
    Atomics.add(words, job.word, 1);
    if (barrier.wait()) serial++;
    if (Atomics.load(words, job.word) < round * job.parties) behind++;
  }
  return { behind, serial };
}
