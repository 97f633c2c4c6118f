import type { ReleaseName } from './release.ts';

/** What differs between releases in what files answer, one behaviour a field. */
export interface SysfsRelease {
  /** [v4.18 on] A `state` that is so already is -EINVAL; v3.19 answers the 1 of device_online(). */
  readonly stateStoreRefusesNoChange: boolean;
  /** How `online` can be spelled: see `truthValue`. */
  readonly truthValues: TruthValues;
  /** [v3.19] add_memory() looks at the range itself before it asks whether it is free. */
  readonly rangeIsCheckedFirst: boolean;
  /** [v6.1 on] What cannot be addressed is -E2BIG (v5.1); before, no part of iomem_resource. */
  readonly unaddressableIsTooBig: boolean;
}

/** What a truth value can begin with: `y`, `n`, `1`, `0`; `on`, `off`; `true`, `false`. */
export type TruthValues = 'letters' | 'lettersAndOn' | 'lettersOnAndTrue';

export function sysfsReleaseOf(since: (first: ReleaseName) => boolean): SysfsRelease {
  const truthValues = since('v4.18') ? 'lettersAndOn' : 'letters';
  return {
    stateStoreRefusesNoChange: since('v4.18'),
    truthValues: since('v6.1') ? 'lettersOnAndTrue' : truthValues,
    rangeIsCheckedFirst: !since('v4.18'),
    unaddressableIsTooBig: since('v6.1'),
  };
}
