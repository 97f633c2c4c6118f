import { breathe, monotonicMs } from '../../execute/clock.ts';
import { Coroutines } from '../../execute/coroutines.ts';
import { loadScenario } from '../../execute/load-scenario.ts';
import { instantiate, type Program } from '../../execute/program.ts';
import type { ExecutionOutcome, Strategy } from '../../execute/strategy.ts';
import { StopWord } from '../../execute/threads/stop-word.ts';
import { ForgottenYieldError, UserError } from '../../program/errors.ts';
import { coverageShare } from '../coverage.ts';
import { noCounts, type Counts } from '../explore.ts';
import { forgottenYield } from '../forgotten-yield.ts';
import { strategyNamed } from '../strategies/registry.ts';
import type { ExploreJob, ExploreNews, ExploreShare } from './explore-job.ts';

/** Milliseconds after which a thread looks whether it is to end, and tells how far it is. */
const sliceMs = 100;

/**
 * One thread's share of a parallel exploration. A user's mistake is returned, not thrown: errors
 * that cross threads lose their names.
 */
export async function runExploreJob(job: ExploreJob): Promise<ExploreShare> {
  const scenario = await loadScenario(job.url);
  const { variant, form, suspicions = false, deaths = [] } = job;
  const program = instantiate(scenario, { variant, form, suspicions, deaths });
  const share = new Share(job, program);
  try {
    await share.run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...share.result(), mistake: error.message };
  } finally {
    job.port.postMessage({ kind: 'end' } satisfies ExploreNews);
  }
  return share.result();
}

class Share {
  private readonly job: ExploreJob;
  private readonly program: Program;
  private readonly strategy: Strategy;
  private readonly coroutines: Coroutines;
  private readonly stop: StopWord;
  private readonly counts: Counts = noCounts();
  private readonly again = new Map<string, number>();

  constructor(job: ExploreJob, program: Program) {
    this.job = job;
    this.program = program;
    this.strategy = strategyNamed(job.strategy, job.options);
    this.coroutines = new Coroutines(program);
    this.stop = new StopWord(job.stop);
  }

  async run(): Promise<void> {
    const begunMs = monotonicMs();
    const endMs = begunMs + (this.job.seconds ?? Infinity) * 1000;
    while (this.executionNumber() < (this.job.executions ?? Infinity)) {
      if (this.stop.isSet || monotonicMs() >= endMs) break;
      this.runSlice(Math.min(monotonicMs() + sliceMs, endMs));
      this.counts.elapsedMs = monotonicMs() - begunMs;
      this.tell({ kind: 'progress', first: this.job.first, counts: { ...this.counts } });
      await breathe();
    }
  }

  result(): ExploreShare {
    const { first, stride } = this.job;
    const coverage = coverageShare(this.coroutines, first, stride);
    return { counts: this.counts, again: this.again, coverage, mistake: '' };
  }

  /** The number that the next execution of this share has among those of all threads. */
  private executionNumber(): number {
    return this.job.first + this.counts.executions * this.job.stride;
  }

  private runSlice(endMs: number): void {
    const { strategy, job } = this;
    const strided: Strategy = Object.create(strategy, {
      begin: {
        value: (_execution: number, agents: number) =>
          strategy.begin(this.executionNumber(), agents),
      },
    }) as Strategy;
    try {
      this.coroutines.runAll(strided, 0, (outcome) => {
        this.take(outcome);
        const over = this.executionNumber() >= (job.executions ?? Infinity);
        return over || monotonicMs() >= endMs;
      });
    } catch (error) {
      if (!(error instanceof ForgottenYieldError)) throw error;
      throw forgottenYield(this.program, error, this.coroutines.record.steps());
    }
  }

  private take(outcome: ExecutionOutcome): void {
    const { counts, coroutines, strategy, again } = this;
    const execution = this.executionNumber();
    counts.executions++;
    counts.steps += outcome.steps;
    counts[outcome.end]++;
    for (const { key } of coroutines.findings) {
      const times = again.get(key);
      again.set(key, (times ?? -1) + 1);
      if (times !== undefined) continue;
      const steps = coroutines.record.steps();
      const name = strategy.acting ?? strategy.name;
      this.tell({ kind: 'finding', key, steps, strategy: name, execution });
    }
  }

  private tell(news: ExploreNews): void {
    this.job.port.postMessage(news);
  }
}
