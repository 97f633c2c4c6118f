import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { statisticsJson } from '../../src/report/analysis-json.ts';
import { analysisStatisticsText } from '../../src/report/analysis-text.ts';
import type { ClassStatistics } from '../../src/check/analysis/statistics.ts';
import { analysed, trace } from './analysed.ts';

function statistics(events: string, locks: object = {}): Readonly<Record<string, ClassStatistics>> {
  const { analysis } = analysed(trace(events, locks), 'jsonl', ['lock-order']);
  return Object.fromEntries(analysis.statistics!.summary().map((one) => [one.class, one]));
}

// All figures were worked out by hand from the events.
describe('statistics of a trace', () => {
  test('acquisitions, contentions, who waited where and who was in the way', () => {
    const { L, M } = statistics(
      'A.acquire.L,t=0,at=a:1 B.wait.L,t=10,at=b:1 C.try-failed.L,t=20 C.wait.L,t=30,at=c:1 ' +
        'A.release.L,t=100 B.acquire.L,t=110 B.release.L,t=400 C.acquire.L,t=410 ' +
        'C.release.L,t=420 C.acquire.M,try=true,t=500 C.release.M,t=500',
    );
    assert.deepEqual(L, {
      class: 'L',
      acquisitions: 3,
      reads: 0,
      tries: 0,
      failedTries: 1,
      contentions: 2,
      // 100 and 380; the percentiles are the upper ends of their buckets, a sixteenth of a power
      // of two wide: 2 ** (107 / 16) = 103.07, and never more than the greatest.
      wait: { count: 2, min: 100, mean: 240, max: 380, total: 480, p50: 104, p90: 380, p99: 380 },
      // 100, 290 and 10.
      hold: { count: 3, min: 10, mean: 133, max: 290, total: 400, p50: 104, p90: 290, p99: 290 },
      waitedAt: [
        ['B at b:1', 1],
        ['C at c:1', 1],
      ],
      inTheWay: [['A at a:1', 2]],
    });
    assert.equal(M!.tries, 1);
    assert.deepEqual(M!.hold, {
      count: 1,
      min: 0,
      mean: 0,
      max: 0,
      total: 0,
      p50: 0,
      p90: 0,
      p99: 0,
    });
    assert.equal(M!.wait, undefined);
  });

  test('percentiles are right to a sixteenth of a power of two', () => {
    const events = Array.from({ length: 1000 }, (_, index) => {
      const start = index * 10_000;
      return `A.acquire.L,t=${start} A.release.L,t=${start + index + 1}`;
    });
    const { hold } = statistics(events.join(' '))['L']!;
    assert.deepEqual([hold!.min, hold!.mean, hold!.max], [1, 501, 1000]);
    for (const [value, exact] of [
      [hold!.p50, 500],
      [hold!.p90, 900],
      [hold!.p99, 990],
    ] as const) {
      assert.ok(value >= exact && value <= exact * 2 ** (1 / 16) + 1, `${value} for ${exact}`);
    }
  });

  test('readers, and instances of one class', () => {
    const locks = { L1: { class: 'l', kind: 'rwsem' }, L2: { class: 'l', kind: 'rwsem' } };
    const { l } = statistics(
      'A.acquire.L1,mode=read,t=0 B.acquire.L1,mode=read,t=5 A.release.L1,t=10 ' +
        'B.release.L1,t=25 A.acquire.L2,t=30 A.release.L2,t=31',
      locks,
    );
    assert.deepEqual([l!.acquisitions, l!.reads, l!.contentions], [3, 2, 0]);
    assert.deepEqual([l!.hold!.min, l!.hold!.total, l!.hold!.max], [1, 31, 20]);
  });

  test('classes, dependencies (direct and all), chains and cycles', () => {
    const { analysis } = analysed(
      trace(
        'A.acquire.L A.acquire.M,try=true A.acquire.N A.release.N A.release.M A.release.L ' +
          'B.acquire.N B.acquire.L B.release.L B.release.N',
      ),
      'jsonl',
      ['lock-order'],
    );
    const { classes, edges, directEdges, chains, cycles } = statisticsJson(analysis);
    // M -> N and N -> L are direct; L -> N has a try in between, and L -> M is none.
    assert.deepEqual({ classes, edges, directEdges }, { classes: 3, edges: 3, directEdges: 2 });
    // L, L M, L M N, N, N L; both N -> L and L -> N.
    assert.deepEqual({ chains, cycles }, { chains: 5, cycles: 1 });
    const text = analysisStatisticsText(analysis).join('\n');
    assert.match(text, /lock classes 3, dependencies 3 \(2 direct\), chains 5, cycles 1/);
    assert.match(text, /L FD: 1 BD: 2 \S+\n {3}~> N/);
    assert.match(text, /M FD: 2 BD: 0 \S+\n {3}-> N/);
  });
});
