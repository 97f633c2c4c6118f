import { parentPort, workerData } from 'node:worker_threads';
import { meetings, type MeetingData } from './meetings.ts';

const { name, shared, thread, threads, rounds } = workerData as MeetingData;
const round = meetings[name]!.attach(shared, thread, threads);

parentPort!.once('message', () => {
  for (let left = rounds; left > 0; left--) round();
  parentPort!.postMessage('done');
});
parentPort!.postMessage('ready');
