import { parentPort, workerData } from 'node:worker_threads';
import { AgentTable } from '../../src/locks/index.ts';
import { doJob, type Job } from './jobs.ts';

const { buffer, capacity } = workerData as { buffer: SharedArrayBuffer; capacity: number };
const agent = new AgentTable(buffer, { capacity }).join();

parentPort!.on('message', (job: Job) => {
  try {
    parentPort!.postMessage({ answer: doJob(agent, job) });
  } catch (error) {
    parentPort!.postMessage({ answer: String(error) });
  }
});
parentPort!.postMessage({ answer: agent.id });
