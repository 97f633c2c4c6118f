import { Kind } from '../program/kinds.ts';
import { Hold, operationTable, Order } from '../program/operation-table.ts';
import type { Subject } from '../trace/subject.ts';
import type { Finding, Party } from './finding.ts';
import { Mode, type HeldLocks } from './held-locks.ts';
import { atomicity, Locksets, type GuardedAccess } from './lockset.ts';

const prefix = 'lockset-suspicion ';

/** The key of the suspicion of a word. */
export function suspicionKey(word: string): string {
  return prefix + word;
}

/** Whether a finding's key is that of a suspicion. */
export function isSuspicion(key: string): boolean {
  return key.startsWith(prefix);
}

/**
 * Suspicions of an execution ({@link Locksets}): off unless asked for. An atomic access is kept by
 * being atomic, and orders what comes before it in one agent before what comes after it in another.
 */
export class LocksetSuspicion {
  private readonly locksets = new Locksets();
  private readonly subject: Subject;
  private readonly held: HeldLocks;
  private readonly report: (finding: Finding) => void;

  constructor(subject: Subject, held: HeldLocks, report: (finding: Finding) => void) {
    this.subject = subject;
    this.held = held;
    this.report = report;
  }

  begin(): void {
    this.locksets.clear();
  }

  access(agent: number, word: number, writes: boolean, atomic: boolean, event: number): void {
    const held = this.held.list(agent);
    const locks = held
      .filter(({ mode }) => !writes || mode === Mode.write)
      .map(({ object }) => object);
    if (atomic) locks.push(atomicity);
    const suspicion = this.locksets.access(word, { agent, writes, event, place: -1, locks });
    if (suspicion === undefined) return;
    const name = this.subject.name(word);
    this.report({
      kind: 'lockset-suspicion',
      level: 'possible',
      title: `suspicion: no lock keeps all accesses to ${name}`,
      key: suspicionKey(name),
      event,
      parties: [this.party(suspicion.before, word), this.party(suspicion.now, word)],
      hint: 'Only a suspicion: something other than a lock may keep the accesses apart.',
    });
  }

  /** What is no lock hands over: completions, references, atomic words. */
  pass(kind: number, agent: number, object: number): void {
    const { acquires, releases, hold } = operationTable[kind]!;
    if (hold !== Hold.none && kind !== Kind.refRelease) return;
    if (acquires !== Order.none) this.locksets.learn(agent, object);
    if (releases !== Order.none) this.locksets.publish(agent, object);
  }

  /** The memory comes back, as if new. */
  revive(base: number, last: number): void {
    for (let word = base; word <= last; word++) this.locksets.forget(word);
  }

  private party({ agent, writes, event, locks }: GuardedAccess, object: number): Party {
    const held = locks
      .filter((lock) => lock !== atomicity)
      .map((lock) => ({ object: lock, mode: writes ? Mode.write : Mode.read, event: -1 }));
    return { agent, event, action: writes ? 'writes' : 'reads', object, mode: -1, held };
  }
}
