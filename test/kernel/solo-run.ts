import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import { Kind } from '../../src/program/kinds.ts';
import { operationTable } from '../../src/program/operation-table.ts';
import {
  scenario,
  type Arena,
  type Parameters,
  type Scenario,
  type Step,
} from '../../src/program/index.ts';
import { makeKernel, type Kernel } from '../../src/kernel/kernel.ts';
import { RandomWalk } from '../../src/schedule/strategies/random.ts';

/** What one agent, alone on a kernel, did. */
export interface SoloRun {
  readonly kernel: Kernel;
  /** What the agent returned; undefined if it did not end. */
  readonly result: unknown;
  /** Locks and active references in the order in which it took and gave them: `+name`, `-name`. */
  readonly locks: readonly string[];
  /** Titles of findings. */
  readonly findings: readonly string[];
}

/** One operation of an agent. */
export interface LockEvent {
  readonly kind: number;
  readonly agent: number;
  readonly object: number;
  readonly lockClass: string;
  readonly outcome: number;
}

const readKinds: readonly number[] = [Kind.readAcquire, Kind.readTryAcquire, Kind.refTryAcquire];
const takingKinds: readonly number[] = [
  ...readKinds,
  Kind.acquire,
  Kind.tryAcquire,
  Kind.writeAcquire,
  Kind.writeTryAcquire,
];
const givingKinds: readonly number[] = [
  Kind.release,
  Kind.readRelease,
  Kind.writeRelease,
  Kind.refRelease,
];

/**
 * Locks that are taken last and guard a line or two, and those of the page allocator, which the
 * test of fidelity looks at: left out, so that the others can be read.
 */
const leafLocks = new RegExp(
  '^(uevent_sock_mutex|resource_lock|pgdat_resize_lock|managed_page_count_lock|' +
    'pcp_batch_high_lock|zonelists_mutex|(.*\\.)?(zone.*lock|pgdat.kswapd_lock))$',
);

/**
 * Runs an agent alone, once.
 *
 * @param prepare - lays out more than the kernel, in the set-up
 * @param observe - is told of every operation, of whatever kind
 */
export function soloRun(
  parameters: Parameters,
  agent: (kernel: Kernel) => Step<unknown>,
  prepare?: (arena: Arena, kernel: Kernel) => void,
  observe?: (event: LockEvent) => void,
): SoloRun {
  let result: unknown;
  const program = instantiate(
    scenario<Kernel>({
      name: 'solo',
      summary: 'one agent alone',
      source: 'test',
      setup(arena, given) {
        const kernel = makeKernel(arena, given);
        prepare?.(arena, kernel);
        return kernel;
      },
      agents: {
        *solo(kernel) {
          result = yield* agent(kernel);
        },
      },
      variants: { only: { summary: 'as given', parameters } },
    }) as Scenario,
    { variant: 'only', form: 'full' },
  );
  const locks: string[] = [];
  const observer = {
    event(kind: number, agent: number, object: number, _argument: number, outcome: number): void {
      const name = program.subject.name(object);
      observe?.({ kind, agent, object, lockClass: program.subject.className(object), outcome });
      if (leafLocks.test(name)) return;
      const failed = operationTable[kind]!.truth && outcome === 0;
      if (takingKinds.includes(kind) && !failed) {
        locks.push(`+${name}${readKinds.includes(kind) ? ' (r)' : ''}`);
      }
      if (givingKinds.includes(kind)) locks.push(`-${name}`);
    },
  };
  const coroutines = new Coroutines(program, { observer });
  coroutines.runAll(new RandomWalk({ seed: 1 }), 0, () => true);
  const findings = coroutines.findings.map((finding) => finding.title);
  return { kernel: program.world as Kernel, result, locks, findings };
}

/** The findings of a run but lock inversions: one agent alone makes both orders. */
export function faults(run: SoloRun): readonly string[] {
  return run.findings.filter((title) => !title.includes('lock inversion'));
}
