import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { meetings, type MeetingData } from './meetings.ts';

const rounds = 2000;
const limitMs = 30_000;

/** Rounds a second of so many threads; undefined if they never ended. */
async function measure(name: string, threads: number): Promise<number | undefined> {
  const meeting = meetings[name]!;
  const shared = meeting.share(threads);
  const workers = Array.from({ length: threads }, (_, thread) => {
    const workerData: MeetingData = { name, shared, thread, threads, rounds };
    return new Worker(new URL('meeting-thread.mjs', import.meta.url), { workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const begun = performance.now();
  const ended = Promise.all(workers.map((worker) => once(worker, 'message')));
  for (const worker of workers) worker.postMessage('go');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, limitMs, undefined);
  });
  const inTime = await Promise.race([ended, late]);
  clearTimeout(timer);
  const wallMs = performance.now() - begun;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return inTime === undefined ? undefined : (rounds / wallMs) * 1000;
}

/** Barriers and conditions: how often a second all meet, and two take turns. */
export async function meetingBench(threadCounts: readonly number[]): Promise<void> {
  process.stdout.write('\nmeetings: rounds a second, the best of two\n');
  for (const [name, { pairOnly }] of Object.entries(meetings)) {
    for (const threads of threadCounts.filter((count) => !pairOnly || count === 2)) {
      const rates = [await measure(name, threads), await measure(name, threads)];
      const said = rates.includes(undefined)
        ? 'HANGS: a thread was never woken'
        : Math.max(...(rates as number[]))
            .toFixed(0)
            .padStart(9);
      process.stdout.write(`  ${name.padEnd(33)}${String(threads).padStart(3)} threads${said}\n`);
    }
  }
}
