import type { Machine } from '../../execute/machine.ts';
import { looksAt } from '../../execute/reads-from.ts';
import type { ExecutionOutcome, Strategy } from '../../execute/strategy.ts';
import { Access, accessOf } from '../../program/operation-table.ts';
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
import { Turns } from './turns.ts';
import { UniformRandomWalk } from './urw.ts';

type PortfolioOptions = Readonly<Record<'seed' | 'depth', number>>;

/** The members; their names are those of the strategies. */
const makers = {
  turns: ({ seed }) => new Turns({ seed }),
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

/** The first turns, of few agents and of many. */
const fewFirst = turns('turns dpor dpor turns turns dpor dpor');
const manyFirst = turns('turns turns turns turns');
/** Few agents that meet at locks, or where a word is read and changed at once. */
const fewAtLocks = turns(
  'rff dpor dpor rff dpor dpor rff dpor dpor rff surw dpor rff dpor pos rff dpor urw dpor frontier',
);
/** Few agents that load and store. */
const fewAtWords = turns(
  'rff rff rff rff dpor rff rff rff rff dpor rff surw rff rff dpor rff pos rff dpor rff urw dpor ' +
    'frontier',
);
/** Many agents have too many orders to search. */
const manyAgents = turns(
  'rff rff rff rff surw rff rff rff urw rff rff rff pos rff surw rff dpor rff delays frontier',
);
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
 * made an execution is said by {@link acting}. Whose turn it is stands in tables; the first
 * execution says which of them.
 *
 * - `rff` is the first: it begins as partial order sampling does, which needs no knowledge.
 * - What others have run is of use to `rff`: it draws its wishes from the executions of all.
 * - Where agents meet at locks, who comes first is what matters, and `dpor` has no order twice;
 *   where they load and store, it is which store a load sees, and that is what `rff` draws.
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
  /** Executions that `turns` has made. */
  private turnsMade = 0;
  private executions = 0;
  private member: Strategy;
  /** The member that learns from the others' executions, too. */
  private readonly fuzzing: ReadsFromFuzzing;
  private agents = 0;
  /** Whether some operation both looked at what it touched and changed it, as locks do. */
  private locks = false;

  constructor(options: PortfolioOptions) {
    this.options = options;
    const names = Object.keys(makers) as Member[];
    this.members = new Map(names.map((name) => [name, makers[name](options)]));
    this.fuzzing = this.members.get('rff') as ReadsFromFuzzing;
    this.member = this.fuzzing;
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
    this.agents = agents;
    const first = agents > fewAgentsMax ? manyFirst : fewFirst;
    const table = this.executions++ < soonExecutions ? this.early : later;
    for (;;) {
      const turn = this.turn++;
      const name = first[turn] ?? table[(turn - first.length) % table.length]!;
      if (this.through.has(name)) continue;
      this.member = this.members.get(name)!;
      // Its first executions are the best of it, whoever had those before.
      const number = name === 'turns' ? this.turnsMade++ : execution;
      // Searches end at some time; the others never do.
      if (this.member.begin(number, agents)) {
        if (this.member !== this.fuzzing) this.fuzzing.watchOne();
        return true;
      }
      this.through.add(name);
    }
  }

  choose(enabled: number, current: number, machine: Machine): number {
    const chosen = this.pick(enabled, current, machine);
    if (chosen < 0) return chosen;
    const kind = machine.pendingKind[chosen]!;
    if (looksAt[kind] !== 0 && accessOf[kind]! >= Access.share) this.locks = true;
    if (this.member !== this.fuzzing) this.fuzzing.note(chosen, machine);
    return chosen;
  }

  private get early(): readonly Member[] {
    if (this.agents > fewAgentsMax) return manyAgents;
    return this.locks ? fewAtLocks : fewAtWords;
  }

  private pick(enabled: number, current: number, machine: Machine): number {
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
