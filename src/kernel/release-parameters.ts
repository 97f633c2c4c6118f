import { UserError, type Parameters } from '../program/index.ts';
import { makeConfiguration, type Configuration } from './configuration.ts';
import { releaseNames, type Release, type ReleaseName } from './release.ts';

/** From which release on a parameter has a meaning, and what came with it. */
interface Since {
  readonly first: ReleaseName;
  /** The commit or version that brought it. */
  readonly by: string;
}

const moduleParameter: Since = { first: 'v6.1', by: 'e83a437faa62 (v5.15)' };
const virtioMem: Since = { first: 'v6.1', by: 'v5.8' };

/** Parameters of the configuration that older releases have no use for; all others are for all. */
const parameterReleases: Readonly<Partial<Record<keyof Configuration, Since>>> = {
  autoOnline: { first: 'v4.18', by: '31bc3858ea3e (v4.6)' },
  movableNode: { first: 'v4.18', by: 'v4.14' },
  holeSections: { first: 'v4.18', by: '04697858d89e (v4.3), before which such a machine oopses' },
  smtOff: { first: 'v4.20', by: '05736e4ac13c (v4.19)' },
  memmapOnMemory: { first: 'v6.1', by: 'v5.13' },
  onlinePolicy: moduleParameter,
  autoMovableRatio: moduleParameter,
  autoMovableNumaAware: moduleParameter,
  virtioMemBlocks: virtioMem,
  virtioMemLocking: virtioMem,
  nodeNotifier: { first: 'v6.8', by: 'the kernels of 2025, which v6.8 stands for there' },
};

/** The same of single words of parameters that are lists. */
const wordReleases = {
  notifiers: {
    kasan: { first: 'v4.18', by: 'v4.0' },
    'virtio-mem': virtioMem,
    'memory-tier': { first: 'v6.1', by: 'v6.1' },
  },
  details: {
    'section-usage': { first: 'v6.1', by: 'f1eca35a0dc7 (v5.3)' },
  },
} as const satisfies Readonly<
  Partial<Record<keyof Configuration, Readonly<Record<string, Since>>>>
>;

/**
 * The configuration as it is for a release. A parameter that the release has no use for is a
 * mistake, unless it says what is so anyway, its default; so is such a word in a list, while `all`
 * stands for those that the release has.
 *
 * @throws UserError for the first such parameter
 */
export function fitToRelease(
  configuration: Configuration,
  release: Release,
  parameters: Parameters,
): Configuration {
  const defaults = makeConfiguration({});
  for (const [name, since] of Object.entries(parameterReleases)) {
    const key = name as keyof Configuration;
    if (configuration[key] === defaults[key] || isThere(since, release)) continue;
    if (Array.isArray(configuration[key]) && configuration[key].length === 0) continue;
    refuse(name, since, release);
  }
  const words = (name: keyof typeof wordReleases): readonly string[] => {
    const since: Readonly<Record<string, Since>> = wordReleases[name];
    const isMissing = (word: string): boolean =>
      since[word] !== undefined && !isThere(since[word], release);
    const missing = configuration[name].find(isMissing);
    if (missing === undefined) return configuration[name];
    if (parameters[name] !== 'all') refuse(`${name}: ${missing}`, since[missing]!, release);
    return configuration[name].filter((word) => !isMissing(word));
  };
  return { ...configuration, notifiers: words('notifiers'), details: words('details') };
}

/** Whether a release has the callback that `notifiers` calls so. */
export function hasNotifier(release: Pick<Release, 'name'>, name: string): boolean {
  const since: Readonly<Record<string, Since>> = wordReleases.notifiers;
  return since[name] === undefined || isThere(since[name], release);
}

function isThere({ first }: Since, release: Pick<Release, 'name'>): boolean {
  return releaseNames.indexOf(release.name) >= releaseNames.indexOf(first);
}

function refuse(name: string, { first, by }: Since, release: Release): never {
  throw new UserError(
    `\`${name}\` has no effect in ${release.name}: it is for ${first} and later, since ${by}`,
  );
}
