import type { Alike } from '../../execute/alike.ts';
import { mix, type Histories } from '../../execute/histories.ts';
import type { Machine } from '../../execute/machine.ts';
import { firstOf } from '../../execute/strategy.ts';
import { UserError } from '../../program/errors.ts';
import { agentCountMax } from '../../program/layout.ts';
import type { Subject } from '../../trace/subject.ts';
import { NondeterminismError } from './dfs.ts';
import { doingOf, doingText, failed, type Doing } from './forgetting.ts';

/**
 * States that become the same when agents that are alike (`execute/alike.ts`) are exchanged
 * (Clarke, Enders, Filkorn, Jha, "Exploiting symmetry in temporal logic model checking", Formal
 * Methods in System Design 9, 1996; Ip, Dill, "Better verification through symmetry", there as
 * well). The state of an agent is what it has been answered, whether its retry may go on, and what
 * it owns; a state is given by the words, with owners left out, and by the agents' states, of
 * those who are alike in order of size and not of their numbers.
 *
 * Agents that are alike and have been answered the same must be at the same operation; wherever the
 * search looks, that is compared.
 */
export class Symmetry {
  private readonly histories: Histories;
  /** Agents that are known to tell themselves apart, when it begins. */
  private readonly known: number;
  private alike: Alike | undefined;
  /** How often agents had turned out not to be alike when the search began. */
  private changes = 0;
  private isOwner = new Uint8Array(0);
  /** The state of each agent, as two numbers. */
  private readonly one = new Int32Array(agentCountMax);
  private readonly other = new Int32Array(agentCountMax);
  /** What agents do that know a thing, and the first of them. */
  private readonly met = new Map<number, { readonly agent: number; readonly doing: Doing }>();

  /** @param known - agents that have told themselves apart in the part of the search before */
  constructor(histories: Histories, known = 0) {
    this.histories = histories;
    this.known = known;
  }

  /** Agents that have told themselves apart. */
  get apart(): number {
    return this.known | (this.alike?.apart ?? 0);
  }

  /** Whether an agent that was taken to be like others has looked at who it is, since `begin`. */
  get isBroken(): boolean {
    return this.alike !== undefined && this.alike.changes !== this.changes;
  }

  /** Whether there are agents that are alike. */
  get isOfUse(): boolean {
    return this.alike?.some === true;
  }

  /** The search begins, or begins anew. */
  begin(): void {
    this.changes = this.alike?.changes ?? 0;
    this.met.clear();
  }

  /** Looks at the state that the machine is in, for the questions below. */
  take(machine: Machine): void {
    if (this.alike === undefined) this.learn(machine);
    const { one, other, histories } = this;
    const { memory, stale } = machine;
    for (let left = machine.alive; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      const goesOn = (stale >>> agent) & 1;
      one[agent] = mix(histories.lane(agent, 0), goesOn, 0x2545f491);
      other[agent] = mix(histories.lane(agent, 1), goesOn, 0x68e31da5);
    }
    for (const word of this.alike!.owners) {
      const owner = memory[word]! - 1;
      if (owner < 0) continue;
      one[owner] = mix(one[owner]!, word, 0x1b873593);
      other[owner] = mix(other[owner]!, word, 0x0cc9e2d5);
    }
  }

  /** One number of 53 bits for the state: the same for states that exchanges make the same. */
  key({ memory, alive, clock }: Machine): number {
    let one = mix(clock, 0, 0x2545f491);
    let other = mix(0, clock, 0x68e31da5);
    for (const agent of this.inOrder(alive)) {
      const first = this.alike!.first(agent);
      one = mix(mix(one, first, 0x1b873593), this.one[agent]!, 0x2545f491);
      other = mix(mix(other, first, 0x0cc9e2d5), this.other[agent]!, 0x68e31da5);
    }
    for (let at = 0; at < memory.length; at++) {
      const word = this.isOwner[at] === 1 ? Math.sign(memory[at]!) : memory[at]!;
      one = mix(one, word, 0x1b873593);
      other = mix(other, word, 0x0cc9e2d5);
    }
    return (one >>> 0) * 0x200000 + (other >>> 11);
  }

  /** The mask, and of those who can go all whom an exchange with one of the mask leaves as is. */
  widened(mask: number, enabled: number): number {
    let wide = mask;
    for (let left = enabled & ~mask; left !== 0; left &= left - 1) {
      if (this.twin(firstOf(left), mask) >= 0) wide |= left & -left;
    }
    return wide;
  }

  /** Of agents that an exchange leaves as is one each. */
  distinct(mask: number): number {
    let kept = 0;
    for (let left = mask; left !== 0; left &= left - 1) {
      if (this.twin(firstOf(left), kept) < 0) kept |= left & -left;
    }
    return kept;
  }

  /** @throws AlikeError if agents that are alike and know the same are at different operations */
  look(machine: Machine): void {
    for (let left = this.alike!.all; left !== 0; left &= left - 1) {
      const agent = firstOf(left);
      this.compare(agent, doingOf(machine, agent));
    }
  }

  /** The agent has failed. */
  fail(agent: number): void {
    if (this.alike?.hasLike(agent) === true) this.compare(agent, failed);
  }

  private learn({ alike, memory }: Machine): void {
    if (alike === undefined) throw new Error('[internal] nobody knows which agents are alike');
    this.alike = alike;
    for (let left = this.known; left !== 0; left &= left - 1) alike.tellApart(firstOf(left));
    this.changes = alike.changes;
    this.isOwner = new Uint8Array(memory.length);
    for (const word of alike.owners) this.isOwner[word] = 1;
  }

  private twin(agent: number, among: number): number {
    const { one, other, alike } = this;
    const first = alike!.first(agent);
    for (let left = among; left !== 0; left &= left - 1) {
      const twin = firstOf(left);
      if (one[twin] !== one[agent] || other[twin] !== other[agent]) continue;
      if (alike!.first(twin) === first) return twin;
    }
    return -1;
  }

  private inOrder(alive: number): number[] {
    const { one, other, alike } = this;
    const agents: number[] = [];
    for (let left = alive; left !== 0; left &= left - 1) agents.push(firstOf(left));
    return agents.sort(
      (a, b) => alike!.first(a) - alike!.first(b) || one[a]! - one[b]! || other[a]! - other[b]!,
    );
  }

  private compare(agent: number, doing: Doing): void {
    const known = this.histories.knownTo(agent, this.alike!.first(agent));
    const before = this.met.get(known);
    if (before === undefined) this.met.set(known, { agent, doing });
    else if (before.doing !== doing) throw new AlikeError(before, { agent, doing });
  }
}

interface AgentDoing {
  readonly agent: number;
  readonly doing: Doing;
}

/** Agents that run the same function, and were answered the same, do not do the same. */
export class AlikeError extends NondeterminismError {
  override name = 'AlikeError';
  private readonly before: AgentDoing;
  private readonly now: AgentDoing;

  constructor(before: AgentDoing, now: AgentDoing) {
    const none = { kind: 0, object: 0 };
    super(0, now.agent, none, none);
    this.before = before;
    this.now = now;
  }

  override explained(subject: Subject, scenario: string): UserError {
    const [before, now] = [this.before, this.now].map(({ agent, doing }) => {
      const what = doing === 0 ? 'its end' : doingText(subject, doing);
      return `${subject.agentNames[agent]!} comes to ${what}`;
    });
    const same = doingText(subject, this.before.doing) === doingText(subject, this.now.doing);
    const operands = same ? ' with another operand' : '';
    return new UserError(
      `scenario "${scenario}": agents that run the same function and were answered the same do ` +
        `not do the same: ${before}, ${now}${operands}; agents may depend on nothing but their ` +
        'operations and `self`: mend that, or leave `--symmetry` out',
    );
  }
}
