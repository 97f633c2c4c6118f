import { availableParallelism } from 'node:os';
import { UserError } from '../../program/errors.ts';
import { tortureTypeNamed, type TortureType } from './types.ts';

/**
 * The parameters of a torture run, under the names of the kernel's module
 * (kernel/locking/locktorture.c, v6.12), with units in place of jiffies.
 *
 * @public
 */
export interface TortureParameters {
  readonly torture_type: string;
  /**
   * Writers; -1: twice as many as processors, or as many if the lock has readers; of a semaphore
   * three for each permit at least.
   */
  readonly nwriters_stress: number;
  /** Readers; -1: as many as writers. Locks without readers have none. */
  readonly nreaders_stress: number;
  /** Further locks of the type, 0 to 8, of which writers take a random set before the lock. */
  readonly nested_locks: number;
  /** Milliseconds of a long hold, which comes about once in writers x 2000 x `long_hold` turns. */
  readonly long_hold: number;
  /**
   * Seconds that all agents run and then rest, in turns; 0: they never rest. The kernel's default
   * is 5; a lost wake-up shows when all others rest, so that a short run should have many rests.
   */
  readonly stutter: number;
  /** Milliseconds that a writer may wait before that is counted as over the limit; 0: any time. */
  readonly acq_writer_lim: number;
  /** Milliseconds of the time limit that half of the acquisitions have; 0: none has. */
  readonly lock_for: number;
  /** Seconds between two statistics. */
  readonly stat_interval: number;
  /** Seconds until the end. */
  readonly shutdown_secs: number;
  /** Milliseconds between two agents that go and come again; 0: all stay. */
  readonly onoff_interval: number;
  /** Seconds before the first one goes. */
  readonly onoff_holdoff: number;
  /** 1: agents that go are killed wherever they are, with whatever they hold. */
  readonly onoff_kill: 0 | 1;
  /**
   * Before about one in so many atomic operations, the locks' own included, the thread gives its
   * processor away; 0: never. -1: 100, or 0 with `onoff_kill`, as it opens doors for a death
   * between two operations that has none without.
   */
  readonly perturb: number;
  /** 0: no statistics on the way; 1: statistics; 2: also who goes and comes. */
  readonly verbose: number;
  readonly seed: number;
}

export const tortureDefaults: Omit<TortureParameters, 'torture_type'> = {
  nwriters_stress: -1,
  nreaders_stress: -1,
  nested_locks: 0,
  long_hold: 100,
  stutter: 0.2,
  acq_writer_lim: 0,
  lock_for: 0,
  stat_interval: 60,
  shutdown_secs: 10,
  onoff_interval: 0,
  onoff_holdoff: 0,
  onoff_kill: 0,
  perturb: -1,
  verbose: 1,
  seed: 1,
};

/** Agents at the same time: the table of `heddle/locks` has room for 64. */
export const agentsMax = 48;
export const nestedMax = 8;

/**
 * Puts numbers in place of -1, and says what does not fit together.
 *
 * @throws UserError
 */
export function resolved(given: Partial<TortureParameters> & { torture_type: string }): {
  readonly type: TortureType;
  readonly parameters: TortureParameters;
} {
  const type = tortureTypeNamed(given.torture_type);
  const wanted = { ...tortureDefaults, ...given };
  const processors = availableParallelism();
  const { nwriters_stress: writers, nreaders_stress: readers } = wanted;
  const many = Math.max(type.writersMin ?? 0, type.readers ? processors : processors * 2);
  const nwriters_stress = writers >= 0 ? writers : many;
  const nreaders_stress = !type.readers ? 0 : readers >= 0 ? readers : nwriters_stress;
  const perturb = wanted.perturb >= 0 ? wanted.perturb : wanted.onoff_kill === 1 ? 0 : 100;
  const parameters = { ...wanted, nwriters_stress, nreaders_stress, perturb };
  const problem = problemOf(type, parameters, readers);
  if (problem !== '') throw new UserError(`torture of ${type.name}: ${problem}`);
  return { type, parameters };
}

function problemOf(type: TortureType, parameters: TortureParameters, readers: number): string {
  const { nwriters_stress, nreaders_stress } = parameters;
  if (!type.readers && readers > 0) return '`nreaders_stress` is for locks that have readers';
  if (nwriters_stress + nreaders_stress === 0) return 'there is no agent: give writers or readers';
  if (nwriters_stress + nreaders_stress > agentsMax) {
    return `${nwriters_stress + nreaders_stress} agents are too many: ${agentsMax} at the most`;
  }
  if (type.needsBoth && (nwriters_stress === 0 || nreaders_stress === 0)) {
    return 'it needs at least one writer and one reader, who wait for each other';
  }
  if (type.nested !== true) {
    if (parameters.nested_locks > 0) return '`nested_locks` is for locks that writers hold';
    if (parameters.lock_for > 0) return '`lock_for` is for locks that writers hold';
  }
  if (parameters.onoff_interval > 0 && type.fixed === true) {
    return '`onoff_interval` is for locks that agents may leave: a barrier waits for all';
  }
  if (parameters.onoff_kill === 1 && type.robust !== true) {
    return '`onoff_kill` is for robust locks, which outlive their holders';
  }
  if (parameters.onoff_kill === 1 && parameters.onoff_interval === 0) {
    return '`onoff_kill` needs an `onoff_interval`';
  }
  if (parameters.onoff_kill === 1 && parameters.perturb > 0) {
    return '`perturb` and `onoff_kill` exclude each other';
  }
  if (parameters.lock_for > 0 && type.wrong === true) return '`lock_for`: it has no time limit';
  return '';
}
