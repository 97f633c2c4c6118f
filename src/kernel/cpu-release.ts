import type { ReleaseName } from './release.ts';

/** What differs between releases in CPU hotplug, one behaviour a field. */
export interface CpuRelease {
  /**
   * [v4.18 on] A CPU goes up and down state by state (v4.6), the upper ones in its cpuhp thread; in
   * v3.19 notifiers are called, and a CPU that is in that state already is an error.
   */
  readonly cpusHaveStates: boolean;
  /** [v4.20 on] Siblings of a core may be forbidden (05736e4ac13c, v4.19). */
  readonly cpuSmtCanBeOff: boolean;
  /** [v6.1 on] cpu_down() goes on in a kworker of another CPU. */
  readonly cpuDownUsesKworker: boolean;
  /** [v6.1 on] A CPU that comes or goes gives the pcplists new limits (04f8cfeaed08, v5.14). */
  readonly cpusSetPcplists: boolean;
  /** [v6.1 on] `hotplug/fail` takes -1 back (v5.13). */
  readonly cpuFailCanBeReset: boolean;
}

export function cpuReleaseOf(since: (first: ReleaseName) => boolean): CpuRelease {
  return {
    cpusHaveStates: since('v4.18'),
    cpuSmtCanBeOff: since('v4.20'),
    cpuDownUsesKworker: since('v6.1'),
    cpusSetPcplists: since('v6.1'),
    cpuFailCanBeReset: since('v6.1'),
  };
}
