import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { meetings, type MeetingData } from './meetings.ts';

const rounds = 2000;
const limitMs = 30_000;

/** Runs of each, in turns; the best counts. */
const runs = 4;

/** What one way of meeting came to. */
export interface MeetingRate {
  readonly name: string;
  readonly threads: number;
  readonly perSecond: number;
  /** Of this process: what a machine that is busy elsewhere leaves. */
  readonly perCpuSecond: number;
}

/** Rounds a second of so many threads; undefined if they never ended. */
async function measure(name: string, threads: number): Promise<MeetingRate | undefined> {
  const meeting = meetings[name]!;
  const shared = meeting.share(threads);
  const workers = Array.from({ length: threads }, (_, thread) => {
    const workerData: MeetingData = { name, shared, thread, threads, rounds };
    return new Worker(new URL('meeting-thread.mjs', import.meta.url), { workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const begun = performance.now();
  const cpuBegun = process.cpuUsage();
  const ended = Promise.all(workers.map((worker) => once(worker, 'message')));
  for (const worker of workers) worker.postMessage('go');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, limitMs, undefined);
  });
  const inTime = await Promise.race([ended, late]);
  clearTimeout(timer);
  const { user, system } = process.cpuUsage(cpuBegun);
  const wallMs = performance.now() - begun;
  await Promise.all(workers.map((worker) => worker.terminate()));
  if (inTime === undefined) return undefined;
  const perCpuSecond = rounds / ((user + system) / 1e6);
  return { name, threads, perSecond: (rounds / wallMs) * 1000, perCpuSecond };
}

/**
 * Barriers and conditions: how often a second all meet, and two take turns. Ours and theirs are
 * measured in turns, as the machine is not the same a moment later.
 */
export async function meetingBench(
  chosen: readonly string[],
  threadCounts: readonly number[],
): Promise<MeetingRate[]> {
  process.stdout.write(`\nmeetings: rounds a second, the best of ${runs}\n`);
  const best = new Map<string, MeetingRate>();
  for (const family of ['barriers', 'turns']) {
    const names = chosen.filter((name) => meetings[name]!.family === family);
    if (names.length === 0) continue;
    const counts = threadCounts.filter((count) => count === 2 || !meetings[names[0]!]!.pairOnly);
    for (const threads of counts) {
      const hang = new Set<string>();
      for (let run = 0; run < runs; run++) {
        for (const name of names.filter((one) => !hang.has(one))) {
          const rate = await measure(name, threads);
          const key = `${name} ${threads}`;
          if (rate === undefined) hang.add(name);
          else if (rate.perCpuSecond > (best.get(key)?.perCpuSecond ?? 0)) best.set(key, rate);
        }
      }
      for (const name of names) printRate(name, threads, hang, best.get(`${name} ${threads}`));
    }
  }
  return [...best.values()];
}

function printRate(
  name: string,
  threads: number,
  hang: ReadonlySet<string>,
  rate: MeetingRate | undefined,
): void {
  const said =
    rate === undefined || hang.has(name)
      ? ' HANGS: a thread was never woken'
      : `${rate.perSecond.toFixed(0).padStart(9)}, ` +
        `${rate.perCpuSecond.toFixed(0)} a second of processor time`;
  process.stdout.write(`  ${name.padEnd(33)}${String(threads).padStart(3)} threads${said}\n`);
}
