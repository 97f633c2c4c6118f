/** An access as a suspicion tells it. */
export interface GuardedAccess {
  readonly agent: number;
  readonly writes: boolean;
  /** The event or line, and the place, of whoever asks for suspicions. */
  readonly event: number;
  readonly place: number;
  /** Locks that kept it: of a write those that were held for writing. */
  readonly locks: readonly number[];
}

/** Two accesses that no lock keeps apart: the later one, and one before it by another agent. */
export interface Suspicion {
  readonly word: number;
  readonly before: GuardedAccess;
  readonly now: GuardedAccess;
}

/** What is known of a word. */
interface WordState {
  /** The only agent so far since the word was handed over; -1: there were several. */
  owner: number;
  /** Locks that kept every access since there was a second agent. */
  candidates: readonly number[] | undefined;
  written: boolean;
  told: boolean;
  /** The last access of each agent, and its time on that agent's clock. */
  readonly last: Map<number, { access: GuardedAccess; time: number }>;
}

/** Stands for all atomic accesses: they keep each other apart. */
export const atomicity = -1;

/**
 * Eraser's lockset discipline: each word that is shared and written has a lock that every access
 * holds (S. Savage, M. Burrows, G. Nelson, P. Sobalvarro, T. Anderson, *Eraser: A Dynamic Data Race
 * Detector for Multithreaded Programs*, ACM TOCS 1997, section 2). A word that one agent alone has
 * used (initialisation), or that is only read since, is never suspected.
 *
 * With the hand-overs of hybrid detectors (R. O'Callahan, J.-D. Choi, *Hybrid Dynamic Data Race
 * Detection*, PPoPP 2003): a word whose accesses so far all come before this one by something else
 * than locks (fork, join, completions, atomic words) begins anew with this agent.
 *
 * What it says is a suspicion: program logic may keep the accesses apart in a way it does not see.
 */
export class Locksets {
  private readonly words: (WordState | undefined)[] = [];
  /** By agent what it knows of each agent's clock. */
  private clocks: number[][] = [];
  private readonly published = new Map<number, number[]>();
  private used = false;

  /** Forgets everything. */
  clear(): void {
    if (!this.used) return;
    this.words.length = 0;
    this.clocks = [];
    this.published.clear();
    this.used = false;
  }

  /** The agent has done something that others may wait for; what it did before is handed over. */
  publish(agent: number, channel: number): void {
    this.used = true;
    const clock = this.clockOf(agent);
    const known = this.published.get(channel);
    if (known === undefined) this.published.set(channel, [...clock]);
    else join(known, clock);
    clock[agent] = clock[agent]! + 1;
  }

  /** The agent has waited for what was published there. */
  learn(agent: number, channel: number): void {
    const known = this.published.get(channel);
    if (known !== undefined) join(this.clockOf(agent), known);
  }

  /** The word is new memory. */
  forget(word: number): void {
    this.words[word] = undefined;
  }

  /** @returns what is suspected now of this word, each word once */
  access(word: number, access: GuardedAccess): Suspicion | undefined {
    this.used = true;
    const { agent, writes, locks } = access;
    const state = (this.words[word] ??= begun(agent));
    const clock = this.clockOf(agent);
    if (state.owner !== agent && isHandedOver(state, clock)) {
      state.owner = agent;
      state.candidates = undefined;
      state.written = false;
      state.last.clear();
    }
    const before = state.owner === agent ? undefined : this.conflict(state, access);
    const entry = state.last.get(agent);
    const time = clock[agent]!;
    if (entry === undefined) state.last.set(agent, { access, time });
    // A write is kept where a read follows: it is the one that others conflict with.
    else if (writes || !entry.access.writes || entry.time < time) {
      state.last.set(agent, { access, time });
    }
    if (state.owner === agent) return undefined;
    if (state.owner !== -1) share(state);
    state.written ||= writes;
    state.candidates =
      state.candidates === undefined
        ? locks
        : state.candidates.filter((lock) => locks.includes(lock));
    if (!state.written || state.told || state.candidates.length > 0) return undefined;
    if (before === undefined) return undefined;
    state.told = true;
    return { word, before, now: access };
  }

  /** The last access of another agent that conflicts, without a lock in common if there is one. */
  private conflict(state: WordState, now: GuardedAccess): GuardedAccess | undefined {
    const clock = this.clockOf(now.agent);
    let best: GuardedAccess | undefined;
    for (const [agent, { access, time }] of state.last) {
      if (agent === now.agent || time <= (clock[agent] ?? 0)) continue;
      if (!access.writes && !now.writes) {
        best ??= access;
        continue;
      }
      if (!access.locks.some((lock) => now.locks.includes(lock))) return access;
      best = access;
    }
    return best;
  }

  private clockOf(agent: number): number[] {
    let clock = this.clocks[agent];
    if (clock === undefined) {
      clock = [];
      this.clocks[agent] = clock;
    }
    clock[agent] ??= 1;
    return clock;
  }
}

function begun(owner: number): WordState {
  return { owner, candidates: undefined, written: false, told: false, last: new Map() };
}

/**
 * The word is not its owner's alone any more. What the owner did last under a lock counts, too,
 * other than in Eraser: then it was no initialisation.
 */
function share(state: WordState): void {
  const { access } = state.last.get(state.owner)!;
  state.owner = -1;
  if (access.locks.length === 0) return;
  state.candidates = access.locks;
  state.written = access.writes;
}

/** Whether the agent with this clock comes after all accesses so far, locks left out. */
function isHandedOver({ last }: WordState, clock: readonly number[]): boolean {
  for (const [agent, { time }] of last) if (time > (clock[agent] ?? 0)) return false;
  return true;
}

function join(into: number[], other: readonly number[]): void {
  for (let agent = 0; agent < other.length; agent++) {
    const time = other[agent] ?? 0;
    if (time > (into[agent] ?? 0)) into[agent] = time;
  }
}
