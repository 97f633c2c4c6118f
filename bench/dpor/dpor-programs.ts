import type { Program } from '../../src/execute/program.ts';
import { abba, counter, hotplug, lastzero, readers } from '../../test/execute/classic-programs.ts';
import {
  account,
  ainc,
  binc,
  casrot,
  casw,
  controlFlow,
  fibBench,
  floatingRead,
  inc,
  lastwrite,
  separator,
  sigma,
} from './atomics-programs.ts';
import { abbaByTry, circularBuffer, exponentialBug, filesystem, indexer } from './lock-programs.ts';

/** A program whose traces are known, and what its peers take for it. */
export interface TraceCase {
  readonly name: string;
  readonly make: () => Program;
  /** Exactly as many traces there are. */
  readonly traces: number;
  readonly deadlocked: number;
  /**
   * CPU seconds of Nidhugg 0.4 (`--sc --optimal`) and GenMC 0.11 (`--sc`) on two cores of an AMD
   * EPYC, as the project's notes on peer engines have them; 0: not measured, or under a tenth.
   */
  readonly nidhugg: number;
  readonly genmc: number;
}

function of(
  name: string,
  make: () => Program,
  traces: number,
  [nidhugg, genmc]: readonly [number, number] = [0, 0],
  deadlocked = 0,
): TraceCase {
  return { name, make, traces, deadlocked, nidhugg, genmc };
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

const readerCases = [4, 8, 12].map((n) => of(`readers(${n})`, () => readers(n), 2 ** n));
const lastzeroCases = [4, 8].map((n) =>
  of(`lastzero(${n})`, () => lastzero(n), (n + 3) * 2 ** (n - 2)),
);

function counterCase(n: number, k: number, peers?: readonly [number, number]): TraceCase {
  const traces = factorial(n * k) / factorial(k) ** n;
  return of(`counter(${n},${k})`, () => counter(n, k), traces, peers);
}

function abbaCase(n: number, peers?: readonly [number, number]): TraceCase {
  return of(`abba(${n})`, () => abba(n), 2 ** n - 1, peers, 1);
}

function gatedCase(n: number, peers?: readonly [number, number]): TraceCase {
  return of(`abba(${n}) gated`, () => abba(n, true), factorial(n), peers);
}

/**
 * What tests run, too. The counts are those on which Nidhugg and GenMC agree, or closed forms that
 * both confirmed; the deadlocks are those of the peers that tell them.
 */
export const smallCases: readonly TraceCase[] = [
  ...readerCases,
  ...lastzeroCases,
  of('indexer(12)', () => indexer(12), 8),
  of('filesystem(16)', () => filesystem(16), 8),
  of('fib_bench(1)', () => fibBench(1), 11),
  of('fib_bench(2)', () => fibBench(2), 140),
  of('fib_bench(3)', () => fibBench(3), 1698),
  of('sigma(4)', () => sigma(4), 105),
  of('sigma(5)', () => sigma(5), 945),
  of('sigma(6)', () => sigma(6), 10_395),
  ...[2, 5, 14, 43, 144, 523].map((traces, i) => {
    return of(`casrot(${i + 2})`, () => casrot(i + 2), traces);
  }),
  of('casw(2)', () => casw(2), 6),
  of('casw(3)', () => casw(3), 66),
  of('casw(4)', () => casw(4), 1200),
  of('ainc(5)', () => ainc(5), 120),
  of('lockinc(5)', () => counter(5, 1), 120),
  of('binc(4)', () => binc(4), 576),
  of('inc(4)', () => inc(4), 576),
  of('floating_read(5)', () => floatingRead(5), 720),
  of('lastwrite(5)', () => lastwrite(5), 120),
  of('account(3)', () => account(3), 576),
  of('account(4)', () => account(4), 14_400),
  ...[5, 18, 90, 600].map((traces, i) => {
    return of(`control_flow(${i + 1})`, () => controlFlow(i + 1), traces);
  }),
  of('circular_buffer(5)', () => circularBuffer(5), 252),
  of('exponential_bug(1)', () => exponentialBug(1), 1955),
  ...[2, 3, 4].map((n) => abbaCase(n)),
  ...[2, 3, 4].map((n) => gatedCase(n)),
  ...[7, 25, 79, 241, 727].map((traces, i) => {
    return of(`abba(${i + 2}) by try`, () => abbaByTry(i + 2), traces);
  }),
  counterCase(2, 4),
  counterCase(3, 2),
  counterCase(3, 3),
  counterCase(4, 2),
  of('hotplug', () => hotplug(false), 17, [0, 0], 4),
  of('hotplug fixed', () => hotplug(true), 55),
  ...[2, 3, 4, 6, 8, 10, 12, 14].map((n) => {
    return of(`separator(${n})`, () => separator(n), 2 * n);
  }),
];

/** What takes the peers a second or more. */
export const largeCases: readonly TraceCase[] = [
  of('readers(16)', () => readers(16), 65_536, [7.24, 0.39]),
  of('readers(18)', () => readers(18), 262_144, [39.71, 1.56]),
  of('lastzero(12)', () => lastzero(12), 15_360, [2.24, 0.49]),
  of('lastzero(15)', () => lastzero(15), 147_456, [40.3, 5.28]),
  of('indexer(15)', () => indexer(15), 4096, [6.4, 2.3]),
  of('filesystem(26)', () => filesystem(26), 8192, [17.8, 4.7]),
  of('fib_bench(5)', () => fibBench(5), 218_243, [9.5, 2.3]),
  of('fib_bench(6)', () => fibBench(6), 2_364_418, [117, 26]),
  of('sigma(7)', () => sigma(7), 135_135, [10.2, 1.25]),
  of('casrot(10)', () => casrot(10), 38_486, [3.1, 0.17]),
  of('casw(5)', () => casw(5), 32_880, [1.4, 0.14]),
  of('ainc(8)', () => ainc(8), 40_320, [1.5, 0.77]),
  of('binc(5)', () => binc(5), 14_400, [0.47, 0.26]),
  of('inc(6)', () => inc(6), 518_400, [29, 1.9]),
  of('floating_read(7)', () => floatingRead(7), 40_320, [2.6, 0.3]),
  of('lastwrite(8)', () => lastwrite(8), 40_320, [2.7, 0.34]),
  of('control_flow(6)', () => controlFlow(6), 55_440, [4.2, 0.33]),
  of('control_flow(7)', () => controlFlow(7), 720_720, [120, 7.7]),
  of('circular_buffer(8)', () => circularBuffer(8), 12_870, [2, 2.9]),
  of('exponential_bug(3)', () => exponentialBug(3), 36_570, [3.1, 0.3]),
  of('exponential_bug(5)', () => exponentialBug(5), 345_069, [34, 2.2]),
  counterCase(2, 8, [1.01, 1.94]),
  counterCase(3, 4, [2.79, 1.93]),
  counterCase(4, 3, [34.86, 21]),
  counterCase(5, 2, [10.6, 6.11]),
  counterCase(8, 1, [4.2, 2.5]),
  abbaCase(12, [0.88, 0.53]),
  abbaCase(14, [4.34, 2.41]),
  gatedCase(8, [5.93, 4.37]),
];
