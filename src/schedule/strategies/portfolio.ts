import type { Machine } from '../../execute/machine.ts';
import type { ExecutionOutcome, Strategy } from '../../execute/strategy.ts';
import { BoundedSearch } from './bounded.ts';
import { NondeterminismError } from './dfs.ts';
import { Dpor } from './dpor.ts';
import { Frontier } from './frontier.ts';
import { GuidedSampling } from './guided.ts';
import { Pct } from './pct.ts';
import { PartialOrderSampling } from './pos.ts';
import { RandomWalk } from './random.ts';
import { ReadsFromFuzzing } from './rff.ts';
import { SelectiveRandomWalk } from './surw.ts';
import { UniformRandomWalk } from './urw.ts';

type PortfolioOptions = Readonly<Record<'seed' | 'depth', number>>;

/** The members; their names are those of the strategies. */
const makers = {
  dpor: () => new Dpor(),
  rff: ({ seed }) => new ReadsFromFuzzing({ seed }),
  surw: ({ seed }) => new SelectiveRandomWalk({ seed }),
  urw: ({ seed }) => new UniformRandomWalk({ seed }),
  pos: ({ seed }) => new PartialOrderSampling({ seed }),
  delays: () => new BoundedSearch('delays', { bound: 1000 }),
  pct: ({ seed, depth }) => new Pct({ seed, depth }),
  frontier: ({ seed }) => new Frontier({ seed }),
  guided: ({ seed }) => new GuidedSampling({ seed }),
  random: ({ seed }) => new RandomWalk({ seed }),
} satisfies Readonly<Record<string, (options: PortfolioOptions) => Strategy>>;

type Member = keyof typeof makers;

/** Few agents have few orders: a search that runs none twice is often the first at the bug. */
const fewAgents = turns(
  'random dpor dpor rff rff surw dpor rff delays dpor rff pos dpor rff urw dpor frontier',
);
/** Many agents have too many orders to search. */
const manyAgents = turns('rff rff surw rff rff urw rff surw rff pos rff delays dpor frontier');
/** A bug that was not found soon is deep, and nothing comes as deep as `frontier`. */
const later = turns(
  'frontier rff frontier surw frontier pos frontier dpor frontier urw frontier pct ' +
    'frontier guided frontier delays frontier random',
);

/** The most agents that count as few. */
const fewAgentsMax = 4;
/** Executions after which a bug was not found soon. */
const soonExecutions = 1000;

function turns(names: string): readonly Member[] {
  return names.split(' ') as Member[];
}

/**
 * Several strategies in turns, so that no kind of bug is out of reach of the budget; which of them
 * made an execution is said by {@link acting}. Whose turn it is stands in a table, made by what
 * `npm run bench -- bugs` says of each of them.
 */
export class Portfolio implements Strategy {
  readonly name = 'portfolio';
  readonly everyStep = true;
  readonly repeats = true;
  readonly learns = true;
  readonly options: PortfolioOptions;
  private readonly members: ReadonlyMap<Member, Strategy>;
  /** Members that are through. */
  private readonly through = new Set<Member>();
  /** The next turn. */
  private turn = 0;
  private executions = 0;
  private member: Strategy;

  constructor(options: PortfolioOptions) {
    this.options = options;
    const names = Object.keys(makers) as Member[];
    this.members = new Map(names.map((name) => [name, makers[name](options)]));
    this.member = this.members.get('random')!;
  }

  /** The name of the strategy that makes the present execution. */
  get acting(): string {
    return this.member.name;
  }

  /** As the strategy that makes the present execution wants it. */
  get goesOn(): boolean {
    return this.member.goesOn === true;
  }

  begin(execution: number, agents: number): boolean {
    const early = agents <= fewAgentsMax ? fewAgents : manyAgents;
    const table = this.executions++ < soonExecutions ? early : later;
    for (;;) {
      const name = table[this.turn++ % table.length]!;
      if (this.through.has(name)) continue;
      this.member = this.members.get(name)!;
      // Searches end at some time; the others never do.
      if (this.member.begin(execution, agents)) return true;
      this.through.add(name);
    }
  }

  choose(enabled: number, current: number, machine: Machine): number {
    if (!this.member.everyStep && (enabled & (enabled - 1)) === 0) {
      return 31 - Math.clz32(enabled);
    }
    try {
      return this.member.choose(enabled, current, machine);
    } catch (error) {
      // A search needs a program that does the same again; the others do without.
      if (!(error instanceof NondeterminismError)) throw error;
      this.through.add(this.member.name as Member);
      return -1;
    }
  }

  end(outcome: ExecutionOutcome): void {
    this.member.end(outcome);
  }
}
