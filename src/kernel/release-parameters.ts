import { UserError } from '../program/index.ts';
import { makeConfiguration, type Configuration } from './configuration.ts';
import { releaseNames, type Release, type ReleaseName } from './release.ts';

/** From which release on a parameter has an effect, and what came with it. */
interface Since {
  readonly first: ReleaseName;
  /** The commit or version that brought it. */
  readonly by: string;
}

const moduleParameter: Since = { first: 'v6.1', by: 'e83a437faa62 (v5.15)' };

/** Parameters of the configuration that older releases have no use for; all others are for all. */
const parameterReleases: Readonly<Partial<Record<keyof Configuration, Since>>> = {
  autoOnline: { first: 'v4.18', by: '31bc3858ea3e (v4.6)' },
  movableNode: { first: 'v4.18', by: 'v4.14' },
  holeSections: { first: 'v4.18', by: '04697858d89e (v4.3), before which such a machine oopses' },
  smtOff: { first: 'v4.20', by: '05736e4ac13c (v4.19)' },
  memmapOnMemory: { first: 'v6.1', by: 'v5.13' },
  failingBlock: { first: 'v6.1', by: 'v5.3, before which nothing is undone' },
  onlinePolicy: moduleParameter,
  autoMovableRatio: moduleParameter,
  autoMovableNumaAware: moduleParameter,
};

/** The same of single words of `details`. */
const detailReleases: Readonly<Record<string, Since>> = {
  'section-usage': { first: 'v6.1', by: 'f1eca35a0dc7 (v5.3)' },
};

/**
 * A parameter that changes nothing in the release is a mistake, unless it says what is so anyway,
 * its default. (`details: all` are those that the release has a use for.)
 *
 * @throws UserError for the first such parameter
 */
export function refuseWithoutEffect(
  configuration: Configuration,
  release: Release,
  details: unknown,
): void {
  const defaults = makeConfiguration({});
  const same = (one: unknown, other: unknown): boolean =>
    JSON.stringify(one) === JSON.stringify(other);
  for (const [name, since] of Object.entries(parameterReleases)) {
    const key = name as keyof Configuration;
    if (!same(configuration[key], defaults[key])) refuseBefore(name, since, release);
  }
  if (details === 'all') return;
  for (const word of configuration.details) {
    const since = detailReleases[word];
    if (since !== undefined) refuseBefore(`details: ${word}`, since, release);
  }
}

function refuseBefore(name: string, { first, by }: Since, release: Release): void {
  if (releaseNames.indexOf(release.name) >= releaseNames.indexOf(first)) return;
  throw new UserError(
    `\`${name}\` has no effect in ${release.name}: it is for ${first} and later, since ${by}`,
  );
}
