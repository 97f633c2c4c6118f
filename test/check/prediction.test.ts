import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnalysisFindings } from '../../src/check/analysis/analysis-finding.ts';
import { Predictor, type PredictorLimits } from '../../src/check/analysis/predict/predictor.ts';
import { TraceState } from '../../src/check/analysis/trace-state.ts';
import { Random } from '../../src/execute/random.ts';
import { readLines } from '../../src/trace/format/read-trace.ts';
import type { TraceEvent } from '../../src/trace/format/trace-event.ts';
import { TraceNames } from '../../src/trace/format/trace-names.ts';
import { analysed, trace } from './analysed.ts';
import { Reorderings, type SmallEvent } from './reorderings.ts';

const agents = 3;
const locks = 3;
const words = 2;

/** A random trace of a few agents that nest locks, access words, and are forked and joined. */
function randomTrace(random: Random, size: number): SmallEvent[] {
  const events: SmallEvent[] = [];
  const held = Array.from({ length: agents }, (): number[] => []);
  const put = (agent: number, op: SmallEvent['op'], object: number): void => {
    events.push({ agent, op, object });
  };
  let forked = 1;
  while (events.length < size) {
    const agent = random.below(forked);
    const own = held[agent]!;
    const choice = random.below(10);
    const lock = random.below(locks);
    if (agent === 0 && forked < agents && choice < 3) put(0, 'fork', forked++);
    else if (choice < 5 && own.length < 3 && !held.some((list) => list.includes(lock))) {
      own.push(lock);
      put(agent, 'acq', lock);
    } else if (choice < 7 && own.length > 0) {
      put(agent, 'rel', own.splice(random.below(own.length), 1)[0]!);
    } else if (choice >= 7) {
      put(agent, random.below(2) === 0 ? 'r' : 'w', random.below(words));
    }
  }
  for (const [agent, own] of held.entries()) {
    if (agent > 0) for (const lock of own.splice(0)) put(agent, 'rel', lock);
  }
  for (let agent = 1; agent < forked; agent++) {
    if (random.below(2) === 0) put(0, 'join', agent);
  }
  for (const lock of held[0]!) put(0, 'rel', lock);
  return events;
}

function lines(events: readonly SmallEvent[]): string[] {
  return events.map(({ agent, op, object }, index) => {
    const prefix = op === 'fork' || op === 'join' ? 'T' : op === 'r' || op === 'w' ? 'x' : 'L';
    return `T${agent}|${op}(${prefix}${object})|${index}`;
  });
}

test('predictions are those of exhaustive search over sync-preserving reorderings', () => {
  const random = new Random();
  let races = 0;
  let deadlocks = 0;
  for (let round = 0; round < 1500; round++) {
    random.seed(7, round);
    const events = randomTrace(random, 12 + random.below(10));
    const text = lines(events);
    const truth = new Reorderings(events).truth();
    const { analysis, kinds } = analysed(text, 'std', ['races', 'deadlocks']);
    const found = analysis.predictor!.statistics();
    const said = text.join('\n');
    assert.deepEqual(
      found['spRaceVars'],
      truth.raceWords.map((word) => `x${word}`),
      said,
    );
    const predicted = kinds.some((kind) => kind.startsWith('predicted-deadlock'));
    assert.equal(predicted, truth.deadlock, said);
    races += truth.raceWords.length;
    deadlocks += truth.deadlock ? 1 : 0;
  }
  // Odds: the seed is fixed, so that neither is ever nothing.
  assert.ok(races > 200, `${races} races`);
  assert.ok(deadlocks > 40, `${deadlocks} deadlocks`);
});

/** The predictions from a trace of which little is kept. */
function limited(text: readonly string[], limits: PredictorLimits): Limited {
  const names = new TraceNames();
  const state = new TraceState('trace', names);
  const findings = new AnalysisFindings();
  const predictor = new Predictor(state, findings, { races: true, deadlocks: true }, limits);
  const sink = {
    event(event: TraceEvent): void {
      const agent = state.agent(event.agent);
      predictor.before(event, agent);
      state.apply(event, agent);
    },
  };
  readLines('trace', text, 'std', names, sink);
  predictor.end();
  const kinds = findings.all().map(({ finding }) => finding.kind);
  return {
    words: predictor.statistics()['spRaceVars'] as string[],
    deadlock: kinds.includes('predicted-deadlock'),
    windows: predictor.statistics()['predictionWindows'] as number | undefined,
    text: predictor.limitsText(),
  };
}

interface Limited {
  readonly words: readonly string[];
  readonly deadlock: boolean;
  readonly windows: number | undefined;
  readonly text: string | undefined;
}

test('alike accesses in one row leave the predictions as they are', () => {
  const random = new Random();
  for (let round = 0; round < 1000; round++) {
    random.seed(8, round);
    const events = randomTrace(random, 14 + random.below(12));
    const text = lines(events).map((line) => line.replace(/\d+$/, '0'));
    const truth = new Reorderings(events).truth();
    const found = limited(text, { rowsMax: 1 << 20, fullMax: 0, screens: round % 2 === 0 });
    const words = truth.raceWords.map((word) => `x${word}`);
    assert.deepEqual(found.words, words, text.join('\n'));
    assert.equal(found.deadlock, truth.deadlock, text.join('\n'));
  }
});

test('what is predicted in windows is predicted from the whole', () => {
  const random = new Random();
  let races = 0;
  let deadlocks = 0;
  for (let round = 0; round < 1500; round++) {
    random.seed(9, round);
    const events = randomTrace(random, 16 + random.below(12));
    const text = lines(events);
    const truth = new Reorderings(events).truth();
    const found = limited(text, { rowsMax: 11, fullMax: 4096, screens: round % 2 === 0 });
    assert.ok(found.windows! > 1);
    const real = new Set(truth.raceWords.map((word) => `x${word}`));
    for (const word of found.words) assert.ok(real.has(word), `${word}\n${text.join('\n')}`);
    if (found.deadlock) assert.ok(truth.deadlock, text.join('\n'));
    races += found.words.length;
    deadlocks += found.deadlock ? 1 : 0;
  }
  // Odds: the seed is fixed, so that neither is ever nothing.
  assert.ok(races > 100, `${races} races`);
  assert.ok(deadlocks > 10, `${deadlocks} deadlocks`);
});

test('a lock that is held where a window begins stays held', () => {
  const before = ['T1|acq(L)|1', ...Array.from({ length: 8 }, () => 'T0|r(y)|2')];
  const after = ['T1|w(x)|3', 'T1|rel(L)|4', 'T2|acq(L)|5', 'T2|rel(L)|6', 'T2|w(x)|7'];
  for (const screens of [true, false]) {
    const limits = { rowsMax: 9, fullMax: 4096, screens };
    const { words, windows, text } = limited([...before, ...after], limits);
    assert.equal(windows, 2);
    assert.equal(text, 'predictions: within each of 2 parts of the trace, not across');
    // T2 can be at its write only when T1 has given the lock back, behind its own write.
    assert.deepEqual(words, []);
  }
});

test('a common lock makes a cycle no deadlock', () => {
  const both = 'A.acquire.G A.acquire.L A.acquire.M A.release.M A.release.L A.release.G';
  const other = 'B.acquire.G B.acquire.M B.acquire.L B.release.L B.release.M B.release.G';
  assert.deepEqual(analysed(trace(`${both} ${other}`)).kinds, ['lock-inversion guarded']);
});

test('a completion that needs a lock held by who awaits it is predicted', () => {
  const { kinds, findings } = analysed(
    trace('A.acquire.L A.release.L A.complete.C B.acquire.L B.await.C B.release.L', {
      C: { kind: 'completion' },
    }),
  );
  assert.ok(kinds.includes('predicted-deadlock predicted'), kinds.join());
  assert.match(findings[0]!.finding.text.join('\n'), /for the completion C/);
});

test('a completion that somebody else can give is no deadlock', () => {
  const { kinds } = analysed(
    trace('A.acquire.L A.release.L A.complete.C D.complete.C B.acquire.L B.await.C B.release.L', {
      C: { kind: 'completion' },
    }),
  );
  assert.deepEqual(kinds, []);
});
