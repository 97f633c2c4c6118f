import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const megabyte = 1024 * 1024;

function megabytes(bytes: number): string {
  return `${Math.round(bytes / megabyte)} MB`;
}

/** What the process has of memory now, garbage included. */
export function memoryText(): string {
  const { rss, heapUsed } = process.memoryUsage();
  return `${megabytes(rss)} resident, ${megabytes(heapUsed)} heap`;
}

/**
 * What is left of the coordinator's heap when all garbage is collected. It must not grow from one
 * variant to the next. The resident size is that of all threads there are, and what their ended
 * heaps leave with the allocator.
 */
export function liveHeapText(): string {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What the first pass finalises, such as threads that ended, the second takes away.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return `${megabytes(heapUsed)} heap and ${megabytes(arrayBuffers)} buffers live`;
}
