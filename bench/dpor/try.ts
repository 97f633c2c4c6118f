import { Coroutines } from '../../src/execute/coroutines.ts';
import { Dpor } from '../../src/schedule/strategies/dpor.ts';
import type { Program } from '../../src/execute/program.ts';
import * as a from './atomics-programs.ts';
import * as l from './lock-programs.ts';
import * as c from '../../test/execute/classic-programs.ts';
function run(name: string, program: Program, want: number) {
  const co = new Coroutines(program, {checks: false});
  const s = new Dpor();
  let n = 0, stalled = 0, failed = 0, steps = 0;
  const t0 = process.cpuUsage();
  co.runAll(s, 0, (o) => { n++; steps += o.steps; if (o.end==='stalled') stalled++; if (o.end==='failed') failed++; return n > want * 3 + 100; });
  const t = process.cpuUsage(t0); const sec = (t.user+t.system)/1e6;
  console.log(name.padEnd(20), n, want, n===want?'ok':'XXXXXX', 'stalled', stalled, 'failed', failed, 'blocked', s.blocked, s.exhausted, sec.toFixed(3), Math.round(n/sec)+'/s', s.waiting.most, 'steps', (steps/n).toFixed(1));
}
const f = (n: number): number => n < 2 ? 1 : n * f(n - 1);
const which = process.argv[2] ?? '';
const cases: [string, () => Program, number][] = [
 ['casrot3', () => a.casrot(3), 5], ['casrot8', () => a.casrot(8), 2048], ['casrot10', () => a.casrot(10), 38486],
 ['casw2', () => a.casw(2), 6], ['casw3', () => a.casw(3), 66],['casw4', () => a.casw(4), 1200],['casw5', () => a.casw(5), 32880],
 ['ainc8', () => a.ainc(8), 40320], ['binc5', () => a.binc(5), 14400], ['inc5', () => a.inc(5), 14400],['inc6', () => a.inc(6), 518400],
 ['floating7', () => a.floatingRead(7), 40320], ['lastwrite8', () => a.lastwrite(8), 40320],
 ['fib1', () => a.fibBench(1), 11], ['fib2', () => a.fibBench(2), 140],['fib3', () => a.fibBench(3), 1698],['fib5', () => a.fibBench(5), 218243],
 ['sigma4', () => a.sigma(4), 105], ['sigma6', () => a.sigma(6), 10395],['sigma7', () => a.sigma(7), 135135],
 ['control1', () => a.controlFlow(1), 5],['control2', () => a.controlFlow(2), 18],['control6', () => a.controlFlow(6), 55440],
 ['sep4', () => a.separator(4), 8], ['sep14', () => a.separator(14), 28],
 ['indexer12', () => l.indexer(12), 8], ['indexer14', () => l.indexer(14), 512], ['indexer15', () => l.indexer(15), 4096],
 ['fs14', () => l.filesystem(14), 2], ['fs20', () => l.filesystem(20), 128], ['fs26', () => l.filesystem(26), 8192],
 ['circ5', () => l.circularBuffer(5), 252], ['circ8', () => l.circularBuffer(8), 12870],
 ['expo1', () => l.exponentialBug(1), 1955],['expo2', () => l.exponentialBug(2), 9326],['expo3', () => l.exponentialBug(3), 36570],['expo5', () => l.exponentialBug(5), 345069],
 ['try2', () => l.abbaByTry(2), 7],['try3', () => l.abbaByTry(3), 25],['try6', () => l.abbaByTry(6), 727],
 ['counter43', () => c.counter(4,3), 369600],['readers16', () => c.readers(16), 65536],['lastzero14', () => c.lastzero(14), 69632],['abba14', () => c.abba(14), 16383],['gated8', () => c.abba(8,true), 40320],
];
for (const [n, m, w] of cases) if (n.includes(which)) run(n, m(), w);
