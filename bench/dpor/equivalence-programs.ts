import type { Program } from '../../src/execute/program.ts';
import { counter, hotplug, lastzero, readers } from '../../test/execute/classic-programs.ts';
import {
  ainc,
  binc,
  casrot,
  casw,
  controlFlow,
  fibBench,
  floatingRead,
  inc,
  lastwrite,
  sigma,
} from './atomics-programs.ts';
import { abbaByTry, circularBuffer, exponentialBug } from './lock-programs.ts';

/** A program with as many traces and classes. */
export interface EquivalenceCase {
  readonly name: string;
  readonly make: () => Program;
  readonly traces: number;
  /** Executions that differ in which writes each read follows, and which is the last of them. */
  readonly observers: number;
  /** Executions that differ in which write each read reads. */
  readonly readsFrom: number;
}

function of(
  name: string,
  make: () => Program,
  [traces, observers, readsFrom]: readonly [number, number, number],
): EquivalenceCase {
  return { name, make, traces, observers, readsFrom };
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

const floatingReads = [2, 3, 4, 5, 6].map((n) => {
  const counts = [factorial(n + 1), n * 2 ** (n - 1) + 1, n + 1] as const;
  return of(`floating_read(${n})`, () => floatingRead(n), counts);
});

const controlFlows = [1, 2, 3, 4].map((n) => {
  const readsFrom = 2 ** n + 2 * n + 1;
  const counts = [factorial(n) * readsFrom, (n + 1) * 2 ** n + 1, readsFrom] as const;
  return of(`control_flow(${n})`, () => controlFlow(n), counts);
});

const lastwrites = [3, 4, 5, 6].map((n) => {
  return of(`lastwrite(${n})`, () => lastwrite(n), [factorial(n), n, n]);
});

function same(name: string, make: () => Program, count: number): EquivalenceCase {
  return of(name, make, [count, count, count]);
}

/**
 * The counts are those of Nidhugg 0.4 with `--observers` and `--rf`, and formulas that were fitted
 * to them. For inc(n), which is published with a last look at the word, and for programs of
 * which no such count is published, they are what a second enumeration of all orders gives.
 */
export const equivalenceCases: readonly EquivalenceCase[] = [
  ...floatingReads,
  ...lastwrites,
  ...controlFlows,
  of('casw(2)', () => casw(2), [6, 4, 4]),
  of('casw(3)', () => casw(3), [66, 36, 24]),
  of('casw(4)', () => casw(4), [1200, 524, 200]),
  of('exponential_bug(1)', () => exponentialBug(1), [1955, 1185, 867]),
  of('sigma(4)', () => sigma(4), [105, 24, 24]),
  of('sigma(5)', () => sigma(5), [945, 120, 120]),
  of('inc(4)', () => inc(4), [576, 281, 125]),
  same('readers(6)', () => readers(6), 64),
  same('lastzero(6)', () => lastzero(6), 144),
  same('fib_bench(2)', () => fibBench(2), 140),
  same('casrot(6)', () => casrot(6), 144),
  same('ainc(5)', () => ainc(5), 120),
  same('binc(3)', () => binc(3), 36),
  same('circular_buffer(4)', () => circularBuffer(4), 70),
  same('counter(3,2)', () => counter(3, 2), 90),
  same('abba(4) by try', () => abbaByTry(4), 79),
  same('hotplug', () => hotplug(false), 17),
  same('hotplug fixed', () => hotplug(true), 55),
];

/** What takes longer: for the benchmark. */
export const largeEquivalenceCases: readonly EquivalenceCase[] = [
  of('floating_read(7)', () => floatingRead(7), [40_320, 449, 8]),
  of('lastwrite(8)', () => lastwrite(8), [40_320, 8, 8]),
  of('control_flow(6)', () => controlFlow(6), [55_440, 449, 77]),
  of('control_flow(7)', () => controlFlow(7), [720_720, 1025, 143]),
  of('sigma(7)', () => sigma(7), [135_135, 5040, 5040]),
  of('exponential_bug(3)', () => exponentialBug(3), [36_570, 7714, 3634]),
  of('casw(5)', () => casw(5), [32_880, 11_430, 2160]),
];
