/** One event of a small trace. `object` is a lock, a word or an agent. */
export interface SmallEvent {
  readonly agent: number;
  readonly op: 'acq' | 'rel' | 'r' | 'w' | 'fork' | 'join';
  readonly object: number;
}

/** What exhaustive search finds. */
export interface Truth {
  readonly raceWords: readonly number[];
  readonly deadlock: boolean;
}

interface State {
  readonly positions: readonly number[];
  readonly writers: ReadonlyMap<number, number>;
  readonly acquired: ReadonlyMap<number, number>;
  readonly holders: ReadonlyMap<number, number>;
}

/**
 * All sync-preserving reorderings of a small trace, by their definition: program order, fork and
 * join, every read sees the write that it saw, locks exclude, and the sections of a lock keep their
 * order. No cleverness, so that the predictor has something to be held against.
 */
export class Reorderings {
  private readonly events: readonly SmallEvent[];
  private readonly byAgent: number[][] = [];
  private readonly saw = new Map<number, number>();
  private readonly forks = new Map<number, number>();
  private readonly seen = new Set<string>();
  private readonly raceWords = new Set<number>();
  private deadlock = false;

  constructor(events: readonly SmallEvent[]) {
    this.events = events;
    const writers = new Map<number, number>();
    for (const [index, { agent, op, object }] of events.entries()) {
      for (const one of op === 'fork' || op === 'join' ? [agent, object] : [agent]) {
        while (this.byAgent.length <= one) this.byAgent.push([]);
      }
      this.byAgent[agent]!.push(index);
      if (op === 'r') this.saw.set(index, writers.get(object) ?? -1);
      if (op === 'w') writers.set(object, index);
      if (op === 'fork') this.forks.set(object, index);
    }
  }

  truth(): Truth {
    const none = new Map<number, number>();
    const positions = this.byAgent.map(() => 0);
    this.visit({ positions, writers: none, acquired: none, holders: none });
    return {
      raceWords: [...this.raceWords].sort((one, other) => one - other),
      deadlock: this.deadlock,
    };
  }

  private visit(state: State): void {
    const key = JSON.stringify([state.positions, [...state.writers], [...state.acquired]]);
    if (this.seen.has(key)) return;
    this.seen.add(key);
    const next = this.byAgent.map((list, agent) =>
      this.forked(state, agent) ? list[state.positions[agent]!] : undefined,
    );
    this.judge(state, next);
    for (const index of next) {
      if (index !== undefined && this.enabled(state, index)) this.visit(this.step(state, index));
    }
  }

  private forked(state: State, agent: number): boolean {
    const fork = this.forks.get(agent);
    return fork === undefined || this.done(state, fork);
  }

  private done(state: State, index: number): boolean {
    const { agent } = this.events[index]!;
    return this.byAgent[agent]!.indexOf(index) < state.positions[agent]!;
  }

  private judge(state: State, next: readonly (number | undefined)[]): void {
    const standing = next.filter((index) => index !== undefined);
    for (const one of standing) {
      for (const other of standing) {
        const [a, b] = [this.events[one]!, this.events[other]!];
        if (a.agent >= b.agent || a.object !== b.object) continue;
        const kinds = [a.op, b.op].sort().join();
        if (kinds === 'r,w' || kinds === 'w,w') this.raceWords.add(a.object);
      }
    }
    for (const start of standing) {
      let at: number | undefined = start;
      for (let steps = 0; steps <= next.length && at !== undefined; steps++) {
        const blocker = this.blocker(state, at);
        at = blocker === undefined ? undefined : next[blocker];
        if (at === start) this.deadlock = true;
      }
    }
  }

  /** Whom an agent that stands before this event waits for. */
  private blocker(state: State, index: number): number | undefined {
    const { agent, op, object } = this.events[index]!;
    if (op === 'acq') {
      const holder = state.holders.get(object);
      return holder === agent ? undefined : holder;
    }
    if (op !== 'join') return undefined;
    return state.positions[object]! < this.byAgent[object]!.length ? object : undefined;
  }

  private enabled(state: State, index: number): boolean {
    const { op, object } = this.events[index]!;
    if (op === 'acq') {
      return !state.holders.has(object) && index > (state.acquired.get(object) ?? -1);
    }
    if (op === 'r') return (state.writers.get(object) ?? -1) === this.saw.get(index);
    if (op === 'join') return state.positions[object] === this.byAgent[object]!.length;
    return true;
  }

  private step(state: State, index: number): State {
    const { agent, op, object } = this.events[index]!;
    const positions = state.positions.map((position, one) => position + (one === agent ? 1 : 0));
    const writers = new Map(state.writers);
    const acquired = new Map(state.acquired);
    const holders = new Map(state.holders);
    if (op === 'w') writers.set(object, index);
    if (op === 'rel') holders.delete(object);
    if (op === 'acq') {
      holders.set(object, agent);
      acquired.set(object, index);
    }
    return { positions, writers, acquired, holders };
  }
}
