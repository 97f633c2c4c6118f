import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Analysis, checkNames } from '../../src/check/analysis/analysis.ts';
import type { Finding } from '../../src/check/finding.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { loadScenario } from '../../src/execute/load-scenario.ts';
import { instantiate } from '../../src/execute/program.ts';
import { ObjectType } from '../../src/program/kinds.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';
import { EventLog } from '../../src/trace/event.ts';
import { TraceNames } from '../../src/trace/format/trace-names.ts';
import { LiveTrace } from '../../src/trace/live-trace.ts';
import type { Subject } from '../../src/trace/subject.ts';

/** Executions of each variant that are compared. */
const executions = 4;
const folder = new URL('../../scenarios/', import.meta.url);

/** What is wrong with the program's own results, or with how it runs: no events of a trace. */
const withoutEvents = new Set([
  'invariant-violated',
  'agent-failed',
  'livelock',
  'starvation',
  'spin-without-yield',
  'spawned-twice',
]);

/** Whether the trace has the events that show it. */
function isInTrace({ kind, parties }: Finding, subject: Subject): boolean {
  const types = parties.map(({ object }) => subject.types[object]!);
  // A program's own assertion is about no lock; to wait for a word's value is no event of a trace.
  const others: number[] = [ObjectType.none, ObjectType.word];
  if (kind === 'assertion-failed' || kind === 'deadlock') {
    return types.length > 0 && !types.some((type) => others.includes(type));
  }
  return !withoutEvents.has(kind);
}

/** Kinds that an analysis may give in place of this one. */
function alike({ kind, level }: Finding): readonly string[] {
  const same = `${kind}${level === 'guarded' ? ' guarded' : ''}`;
  if (level === 'guarded') return [same, kind];
  // Memory that goes while another uses it, whichever comes first.
  return kind === 'data-race' ? [same, 'use-after-remove'] : [same];
}

interface Comparison {
  readonly missed: string[];
  compared: number;
}

async function compare(file: string, result: Comparison): Promise<void> {
  const scenario = await loadScenario(new URL(file, folder).href);
  const form = Object.keys(scenario.forms)[0]!;
  for (const variant of Object.keys(scenario.variants)) {
    const program = instantiate(scenario, { variant, form });
    const { subject } = program;
    const log = new EventLog();
    const coroutines = new Coroutines(program, { observer: log });
    let count = 0;
    coroutines.runAll(new RandomWalk({ seed: 1 }), 1, () => {
      const live = coroutines.findings.filter((finding) => isInTrace(finding, subject));
      const found = analysed(log, subject);
      // A lock that another gave up orders what comes after in one way or the other.
      const misused = live.some(({ kind }) => kind === 'bad-unlock');
      for (const finding of live) {
        result.compared++;
        if (misused && finding.kind === 'data-race') continue;
        if (alike(finding).some((kind) => found.has(kind))) continue;
        result.missed.push(`${file} ${variant}: ${finding.title}`);
      }
      log.clear();
      return ++count >= executions;
    });
  }
}

/** Kinds of what the analysis of an execution says, predictions too. */
function analysed(log: EventLog, subject: Subject): Set<string> {
  const names = new TraceNames();
  const analysis = new Analysis('execution', names, { checks: checkNames, statistics: false });
  const live = new LiveTrace(subject, names, analysis);
  for (let event = 0; event < log.length; event++) {
    live.event(
      log.kind(event),
      log.agent(event),
      log.object(event),
      log.argument(event),
      log.result(event),
    );
  }
  return new Set(
    analysis.end().map(({ finding: { kind, level } }) => {
      return `${kind}${level === 'guarded' ? ' guarded' : ''}`;
    }),
  );
}

describe('the analysis of an execution’s trace', () => {
  test('shows what its run has shown, for all scenarios', async () => {
    const result: Comparison = { missed: [], compared: 0 };
    const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
    for (const file of files) await compare(file, result);
    assert.deepEqual([...new Set(result.missed)], []);
    assert.ok(result.compared > 200, `${result.compared} findings were compared`);
  });
});
