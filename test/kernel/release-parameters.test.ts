import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Parameters } from '../../src/program/index.ts';
import { releaseNames } from '../../src/kernel/release.ts';
import { refused } from './refused-kernel.ts';

/** What is refused before which release, beside what a machine needs to have it. */
const rows: readonly { first: string; given: Parameters; beside?: Parameters }[] = [
  { first: 'v4.18', given: { autoOnline: true } },
  { first: 'v4.18', given: { movableNode: true } },
  {
    first: 'v4.18',
    given: { holeSections: 1 },
    beside: { bootBlocks: true, sectionsPerBlock: 2 },
  },
  { first: 'v4.20', given: { smtOff: '1' } },
  { first: 'v6.1', given: { memmapOnMemory: true } },
  { first: 'v6.1', given: { onlinePolicy: 'auto-movable' } },
  { first: 'v6.1', given: { autoMovableRatio: 100 } },
  { first: 'v6.1', given: { autoMovableNumaAware: false } },
  { first: 'v6.1', given: { virtioMemBlocks: 1 } },
  { first: 'v6.1', given: { virtioMemLocking: 'removes-unlocked' } },
  { first: 'v6.8', given: { nodeNotifier: true } },
];

describe('parameters that a release has no use for', () => {
  for (const { first, given, beside } of rows) {
    const name = Object.keys(given).join();
    test(`${name} is refused before ${first}, and accepted from then on`, () => {
      for (const release of releaseNames) {
        const message = refused({ release, ...given, ...beside });
        if (releaseNames.indexOf(release) >= releaseNames.findIndex((one) => one === first)) {
          assert.equal(message, 'accepted', release);
          continue;
        }
        const start = `\`${name}\` has no effect in ${release}: `;
        assert.ok(message.startsWith(`${start}it is for ${first} and later, since `), message);
        assert.equal(message.includes('\n'), false);
      }
    });
  }

  test('are accepted where they say what is so anyway', () => {
    for (const release of releaseNames) {
      const parameters = {
        autoOnline: false,
        movableNode: false,
        smtOff: '',
        memmapOnMemory: false,
        onlinePolicy: 'contig-zones',
        autoMovableRatio: 301,
        autoMovableNumaAware: true,
        holeSections: 0,
        with: '',
      };
      assert.equal(refused({ release, ...parameters }), 'accepted', release);
    }
  });

  test('a callback that a release does not have is refused by name', () => {
    assert.equal(
      refused({ release: 'v4.20', notifiers: 'ksm,virtio-mem' }),
      '`notifiers: virtio-mem` has no effect in v4.20: it is for v6.1 and later, since v5.8',
    );
    for (const notifiers of ['kasan', 'memory-tier', 'virtio-mem']) {
      assert.match(refused({ release: 'v3.19', notifiers }), /^`notifiers: \S+` has no effect/);
      assert.equal(refused({ release: 'v6.1', notifiers }), 'accepted');
    }
  });

  test('a detail that a release has no use for is refused by name, and `all` leaves it out', () => {
    const details = 'watermarks,section-usage';
    assert.equal(
      refused({ release: 'v4.20', details }),
      '`details: section-usage` has no effect in v4.20: it is for v6.1 and later, since ' +
        'f1eca35a0dc7 (v5.3)',
    );
    assert.equal(refused({ release: 'v6.1', details }), 'accepted');
    for (const release of releaseNames) {
      assert.equal(refused({ release, details: 'all' }), 'accepted');
    }
  });
});
