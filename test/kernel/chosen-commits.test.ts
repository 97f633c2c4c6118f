import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UserError } from '../../src/program/index.ts';
import { makeRelease } from '../../src/kernel/release.ts';

function refused(...chosen: Parameters<typeof makeRelease>): string {
  try {
    makeRelease(...chosen);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('commits that are put into a release', () => {
  test('are later ones, which no release has by itself', () => {
    const later = ['067353a46d8c', 'a3483ee7e6a7', '823430c8e9d9', '073c78edf5bb'];
    for (const release of ['v3.19', 'v4.18', 'v4.20', 'v6.1', 'v6.8']) {
      const { has } = makeRelease(release);
      assert.deepEqual(later.map(has), [false, false, false, false], release);
    }
    const { has } = makeRelease('v6.8', '', later.join());
    assert.deepEqual(later.map(has), [true, true, true, true]);
  });

  test('82f0b6f041fa is in the stable series of 6.1, and v6.8 came out without it', () => {
    const has = (...chosen: Parameters<typeof makeRelease>): boolean =>
      makeRelease(...chosen).has('82f0b6f041fa');
    assert.deepEqual([has('v4.20'), has('v6.1'), has('v6.8')], [false, true, false]);
    assert.equal(has('v6.1', '82f0b6f041fa'), false);
    assert.equal(has('v6.8', '', '82f0b6f041fad768c28b'), true);
    assert.equal(
      refused('v6.8', '82f0b6f041fa'),
      '`without` names commits that v6.8 has, not "82f0b6f041fa", which only `with` puts into it',
    );
  });

  test('one that mends another is refused alone', () => {
    assert.equal(
      refused('v6.8', '', '073c78edf5bb'),
      '`with` names "073c78edf5bb" beside "823430c8e9d9", which it mends, not alone',
    );
    assert.equal(refused('v6.8', '', '073c78edf5bb, 823430c8e9d9'), 'accepted');
  });

  test('others are refused, and those of other releases', () => {
    assert.equal(
      refused('v6.1', '', '82f0b6f041fa'),
      '`with` puts "82f0b6f041fa" into v6.8, not into v6.1',
    );
    assert.match(refused('v4.18', '', '8df1d0e4a265'), /^`with` names .*, not "8df1d0e4a265"$/);
    assert.match(refused('v6.8', '', '067353a46d8c,'), /^`with` names commits among .*, not ""$/);
  });
});

describe('commits that are left out of a release', () => {
  test('later ones can only be put in', () => {
    assert.equal(
      refused('v6.8', '073c78edf5bb'),
      '`without` names commits that v6.8 has, not "073c78edf5bb", which only `with` puts into it',
    );
  });

  test('one that the release has no use for any more is refused', () => {
    const reasons = {
      '4eaf3f64397c': ['v3.19', 'v4.18', 'b93e0f329e24 (v4.14), which took zonelists_mutex away'],
      '6dcd73d7011b': ['v3.19', 'v4.18', 'c9bff3eebc09 (v4.14): no sysctl rebuilds zone lists'],
      '26bbe7ef6d5c': ['v4.20', 'v6.1', 'c5e79ef561b0 (v5.5), which refuses all holes'],
      a96dfddbcc04: ['v4.20', 'v6.1', 'a test_pages_in_a_zone() that says the zone itself'],
    } as const;
    for (const [id, [last, next, by]] of Object.entries(reasons)) {
      assert.equal(refused(last, id), 'accepted');
      const start = `\`without\` names commits that ${next} has, not "${id}"`;
      assert.equal(refused(next, id), `${start}, which gave way to ${by}`);
    }
  });
});
