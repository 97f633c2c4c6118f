import { Random } from '../../src/execute/random.ts';

/**
 * Random scripts of locks, and whether a deadlock can be reached, by trying every order of steps:
 * an account that shares nothing with the checkers.
 */
export interface ScriptStep {
  readonly take: boolean;
  readonly lock: number;
  /** 0 writes, 1 reads and queues behind writers, 2 reads and may overtake. */
  readonly mode: number;
}

export interface Scripts {
  /** Whether each lock has readers. */
  readonly shared: readonly boolean[];
  readonly scripts: readonly (readonly ScriptStep[])[];
}

/** Two or three scripts over two to four locks, each holding up to three at once. */
export function randomScripts(seed: number): Scripts {
  const random = new Random();
  random.seed(seed, 0);
  const lockCount = 2 + random.below(3);
  const shared = Array.from({ length: lockCount }, () => random.below(3) > 0);
  const scripts = Array.from({ length: 2 + random.below(2) }, () => {
    const steps: ScriptStep[] = [];
    const held: number[] = [];
    const sections = 1 + random.below(2);
    for (let section = 0; section < sections; section++) {
      const depth = 1 + random.below(3);
      for (let taken = 0; taken < depth; taken++) {
        const lock = random.below(lockCount);
        // Seldom the same lock twice.
        if (held.includes(lock) && random.below(8) > 0) continue;
        const mode = shared[lock] === true ? random.below(3) : 0;
        steps.push({ take: true, lock, mode });
        held.push(lock);
      }
      while (held.length > 0) {
        const at = random.below(4) === 0 ? random.below(held.length) : held.length - 1;
        steps.push({ take: false, lock: held.splice(at, 1)[0]!, mode: 0 });
      }
    }
    return steps;
  });
  return { shared, scripts };
}

/** The scripts one after the other, as a trace. */
export function traceOfScripts({ shared, scripts }: Scripts): string[] {
  const locks = Object.fromEntries(
    shared.map((reads, lock) => [`L${lock}`, { kind: reads ? 'rwlock' : 'mutex' }]),
  );
  const modes = ['write', 'read', 'recursive-read'];
  const events = scripts.flatMap((steps, agent) =>
    steps.map(({ take, lock, mode }) => ({
      op: take ? 'acquire' : 'release',
      agent: `T${agent}`,
      lock: `L${lock}`,
      ...(take ? { mode: modes[mode] } : {}),
    })),
  );
  return [{ heddleTrace: 1, locks, options: {} }, ...events].map((line) => JSON.stringify(line));
}

/** States that are looked at before a search gives up. */
const statesMax = 60_000;

/** What an agent stands at, and what it holds there, as masks of locks. */
interface Standing {
  /** Undefined at the end of its script. */
  readonly step: ScriptStep | undefined;
  readonly written: number;
  readonly read: number;
}

/**
 * Whether some order of the scripts' steps ends with agents that wait for ever; undefined beyond
 * the limit of states.
 *
 * A writer that cannot go on queues, and then keeps readers out that may not overtake. Who gives
 * back a lock that it holds several times gives back the latest.
 */
export function deadlocks(scripts: readonly (readonly ScriptStep[])[]): boolean | undefined {
  const standings = scripts.map(standingsOf);
  const seen = new Set<number>();
  // A state is the agents' positions, and for each agent whether it has queued.
  const stack: { at: number[]; queued: number }[] = [{ at: scripts.map(() => 0), queued: 0 }];
  while (stack.length > 0) {
    const { at, queued } = stack.pop()!;
    let key = queued;
    for (const [agent, position] of at.entries()) {
      key = key * standings[agent]!.length + position;
    }
    if (seen.has(key)) continue;
    if (seen.size >= statesMax) return undefined;
    seen.add(key);
    const now = at.map((position, agent) => standings[agent]![position]!);
    const next = successors(now, at, queued);
    if (next.length === 0 && now.some(({ step }) => step !== undefined)) return true;
    stack.push(...next);
  }
  return false;
}

function successors(
  now: readonly Standing[],
  at: readonly number[],
  queued: number,
): { at: number[]; queued: number }[] {
  let written = 0;
  let read = 0;
  let waited = 0;
  for (const [agent, standing] of now.entries()) {
    written |= standing.written;
    read |= standing.read;
    if ((queued & (1 << agent)) !== 0) waited |= 1 << standing.step!.lock;
  }
  const next: { at: number[]; queued: number }[] = [];
  for (const [agent, { step }] of now.entries()) {
    if (step === undefined) continue;
    const lock = 1 << step.lock;
    const inTheWay =
      step.mode === 0 ? written | read : step.mode === 1 ? written | waited : written;
    if (!step.take || (inTheWay & lock) === 0) {
      const moved = [...at];
      moved[agent]!++;
      next.push({ at: moved, queued: queued & ~(1 << agent) });
    } else if (step.mode === 0 && (queued & (1 << agent)) === 0) {
      next.push({ at: [...at], queued: queued | (1 << agent) });
    }
  }
  return next;
}

/** For each position in a script what is held there. */
function standingsOf(script: readonly ScriptStep[]): Standing[] {
  const held: ScriptStep[] = [];
  const mask = (writes: boolean): number =>
    held.reduce((all, { lock, mode }) => ((mode === 0) === writes ? all | (1 << lock) : all), 0);
  const standings: Standing[] = [];
  for (const step of script) {
    standings.push({ step, written: mask(true), read: mask(false) });
    if (step.take) held.push(step);
    else
      held.splice(
        held.findLastIndex(({ lock }) => lock === step.lock),
        1,
      );
  }
  standings.push({ step: undefined, written: mask(true), read: mask(false) });
  return standings;
}

/**
 * Whether any number of agents that run the scripts can deadlock, as far as two for each script
 * show it, while others write each lock that has readers.
 */
export function canDeadlock({ shared, scripts }: Scripts): boolean | undefined {
  const writers = shared.flatMap((reads, lock) =>
    reads
      ? [
          [
            { take: true, lock, mode: 0 },
            { take: false, lock, mode: 0 },
          ],
        ]
      : [],
  );
  const once = deadlocks([...scripts, ...writers]);
  return once === true ? true : deadlocks([...scripts, ...scripts, ...writers]);
}
