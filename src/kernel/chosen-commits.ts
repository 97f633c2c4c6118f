import { UserError } from '../program/index.ts';
import type { ReleaseName } from './release.ts';

/** Which commits a release of the model has by itself: the first release that has each. */
type FirstReleases = ReadonlyMap<string, ReleaseName>;

/** Since when a commit that is still in makes no difference, and what took its place. */
interface Superseded {
  /** The first release of the model in which it makes none. */
  readonly in: ReleaseName;
  readonly by: string;
}

/**
 * Commits that later releases have no use for, whatever else is left out of them: there is nothing
 * to leave out.
 */
const superseded: ReadonlyMap<string, Superseded> = new Map([
  ['4eaf3f64397c', { in: 'v4.18', by: 'b93e0f329e24 (v4.14), which took zonelists_mutex away' }],
  ['6dcd73d7011b', { in: 'v4.18', by: 'c9bff3eebc09 (v4.14): no sysctl rebuilds zone lists' }],
  ['26bbe7ef6d5c', { in: 'v6.1', by: 'c5e79ef561b0 (v5.5), which refuses all holes' }],
  ['a96dfddbcc04', { in: 'v6.1', by: 'a test_pages_in_a_zone() that says the zone itself' }],
]);

/**
 * Fixes of what a later commit replaced: without them a release is another only if it is without
 * that commit too.
 */
const replacedBy: ReadonlyMap<string, readonly string[]> = new Map([
  ['20d6c96b5f1c', ['bfc8c90139eb', '3f906ba23689']],
  ['b5d24fda9c3d', ['55adc1d05dca', '3f906ba23689']],
  ['3fc21924100b', ['55adc1d05dca', '3f906ba23689']],
  ['55adc1d05dca', ['3f906ba23689']],
]);

/** A commit that can be put into a release that came out without it. */
interface Backport {
  readonly into: readonly ReleaseName[];
  /** What it mends, without which it would have nothing to do. */
  readonly mends?: string;
}

/**
 * Commits that came after the last release of the model, or that a release lacks though the stable
 * series of an older one has them.
 */
const backports: ReadonlyMap<string, Backport> = new Map<string, Backport>([
  // v6.9: a CXL region is told of memory that comes online.
  ['067353a46d8c', { into: ['v6.8'] }],
  // v6.11: it looks at its range under cxl_region_rwsem.
  ['a3483ee7e6a7', { into: ['v6.8'], mends: '067353a46d8c' }],
  // v6.11: memory tiers register their callback under memory_tier_lock.
  ['823430c8e9d9', { into: ['v6.8'] }],
  // v6.12: without it.
  ['073c78edf5bb', { into: ['v6.8'], mends: '823430c8e9d9' }],
  // v6.10, and in the 6.1 stable series: who reads the subsections of a section looks whether they
  // are gone.
  ['82f0b6f041fa', { into: ['v6.8'] }],
]);

/**
 * Which commits a release has, some left out and some put in.
 *
 * @param firsts - what each release has by itself
 * @param isIn - whether a release is the one chosen, or older
 * @param without - ids of commits that are left out, separated by commas
 * @param withCommits - ids of commits that are put in, separated by commas
 * @throws UserError for a commit that cannot be left out of this release, or not be put in
 */
export function chosenCommits(
  release: ReleaseName,
  firsts: FirstReleases,
  isIn: (first: ReleaseName) => boolean,
  without: string,
  withCommits: string,
): (id: string) => boolean {
  const putIn = idsOf(withCommits);
  for (const id of putIn) refuseForeign(release, id, putIn);
  const left = idsOf(without);
  for (const id of left) refuseMissing(release, firsts, isIn, id);
  for (const id of left) refuseIdle(release, firsts, isIn, id, left);
  return (given) => {
    const id = shortened(given);
    if (putIn.includes(id)) return true;
    const first = firsts.get(id);
    if (first !== undefined) return isIn(first) && !lacks(release, id) && !left.includes(id);
    if (backports.has(id)) return false;
    throw new Error(`[internal] the model knows no commit ${id}`);
  };
}

/** Ids of commits, as a parameter names them; git prints more digits where asked to. */
function idsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(',').map((id) => shortened(id.trim()));
}

/** The id of a commit as the model has it. */
function shortened(id: string): string {
  return /^[0-9a-f]{12,40}$/.test(id) ? id.slice(0, 12) : id;
}

/** Whether a release came out without a commit that the stable series of an older one has. */
function lacks(release: ReleaseName, id: string): boolean {
  return backports.get(id)?.into.includes(release) ?? false;
}

function refuseMissing(
  release: ReleaseName,
  firsts: FirstReleases,
  isIn: (first: ReleaseName) => boolean,
  id: string,
): void {
  const first = firsts.get(id);
  if (first === undefined && !backports.has(id)) {
    throw new UserError(
      `\`without\` names commits among ${[...firsts.keys()].join(', ')}, not "${id}"`,
    );
  }
  const start = `\`without\` names commits that ${release} has, not "${id}"`;
  if (first === undefined || lacks(release, id)) {
    throw new UserError(`${start}, which only \`with\` puts into it`);
  }
  if (!isIn(first)) throw new UserError(`${start}, which came with ${first}`);
  const later = superseded.get(id);
  if (later === undefined || !isIn(later.in)) return;
  throw new UserError(`${start}, which gave way to ${later.by}`);
}

function refuseIdle(
  release: ReleaseName,
  firsts: FirstReleases,
  isIn: (first: ReleaseName) => boolean,
  id: string,
  left: readonly string[],
): void {
  const missing = (replacedBy.get(id) ?? []).filter(
    (later) => isIn(firsts.get(later)!) && !left.includes(later),
  );
  if (missing.length === 0) return;
  throw new UserError(
    `\`without\` names ${id}, which ${release} does not miss as long as it has ` +
      `${missing.join(' and ')}: leave ${missing.length === 1 ? 'that' : 'those'} out, too`,
  );
}

function refuseForeign(release: ReleaseName, id: string, putIn: readonly string[]): void {
  const backport = backports.get(id);
  if (backport === undefined) {
    throw new UserError(
      `\`with\` names commits among ${[...backports.keys()].join(', ')}, not "${id}"`,
    );
  }
  const { into, mends } = backport;
  if (!into.includes(release)) {
    throw new UserError(`\`with\` puts "${id}" into ${into.join(', ')}, not into ${release}`);
  }
  if (mends === undefined || putIn.includes(mends)) return;
  throw new UserError(`\`with\` names "${id}" beside "${mends}", which it mends, not alone`);
}
