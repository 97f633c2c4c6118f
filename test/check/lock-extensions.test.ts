import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analysed, trace } from './analysed.ts';

function kinds(events: string, locks: object = {}, options: object = {}): readonly string[] {
  return analysed(trace(events, locks, options)).kinds;
}

const misuse = ['lock-misuse happened'];

describe('what heddle-trace has beyond its first version', () => {
  test('a pinned lock is not given back; cookies tell pins apart', () => {
    const held = (inside: string): readonly string[] => kinds(`A.acquire.L ${inside}`);
    assert.deepEqual(held('A.pin.L A.unpin.L A.release.L'), []);
    assert.deepEqual(held('A.pin.L A.release.L'), misuse);
    assert.deepEqual(held('A.pin.L,cookie=7 A.unpin.L,cookie=7 A.release.L'), []);
    assert.deepEqual(held('A.pin.L,cookie=7 A.unpin.L,cookie=8'), misuse);
    assert.deepEqual(held('A.pin.L A.pin.L A.unpin.L A.release.L'), misuse);
    assert.deepEqual(held('A.unpin.L A.release.L'), misuse);
    assert.deepEqual(kinds('A.pin.L'), misuse);
    assert.deepEqual(kinds('A.unpin.L'), misuse);
    assert.deepEqual(kinds('A.acquire.L A.pin.L A.free.L A.acquire.L A.release.L'), [
      'held-lock-freed happened',
      'recursive-locking happened',
    ]);
  });

  test('what might be taken counts for the order, and keeps nobody out', () => {
    const might = 'A.acquire.L A.might-lock.M A.release.L B.acquire.M A.might-lock.M B.release.M';
    assert.deepEqual(kinds(might), []);
    assert.deepEqual(kinds(`${might} B.acquire.M B.acquire.L B.release.L B.release.M`), [
      'lock-inversion possible',
    ]);
  });

  test('to wait for all readers is to ask for the lock, without holding it', () => {
    const srcu = { S: { kind: 'map' } };
    const reader = 'A.acquire.S,mode=read A.acquire.L A.release.L A.release.S';
    assert.deepEqual(kinds(`${reader} B.sync.S`, srcu), []);
    assert.deepEqual(kinds(`${reader} B.acquire.L B.sync.S B.release.L`, srcu), [
      'lock-inversion possible',
    ]);
    assert.deepEqual(kinds('A.acquire.S,mode=read A.sync.S A.release.S', srcu), [
      'recursive-locking possible',
    ]);
    // It is not held with interrupts enabled (no ENABLED bit); what might be taken is.
    const irq = 'A.irq-enter.hardirq A.acquire.S A.release.S A.irq-exit.hardirq';
    assert.deepEqual(kinds(`${irq} A.sync.S`, srcu), []);
    assert.deepEqual(kinds(`${irq} A.might-lock.S`, srcu), ['inconsistent-lock-state possible']);
  });

  test('a held lock that gets another subclass is looked at again, and what is above it', () => {
    const locks = { L1: { class: 'l' }, L2: { class: 'l' } };
    const nested = 'A.acquire.L1 A.acquire.L2,subclass=1';
    const release = 'A.release.L2 A.release.L1';
    assert.deepEqual(kinds(`${nested} ${release}`, locks), []);
    assert.deepEqual(kinds(`${nested} A.set-subclass.L2,subclass=0 ${release}`, locks), [
      'recursive-locking possible',
    ]);
    const order = 'A.acquire.M A.acquire.L1,subclass=1 A.release.L1 A.release.M';
    const set = 'B.acquire.L1 B.acquire.M B.set-subclass.L1,subclass=1 B.release.M B.release.L1';
    assert.deepEqual(analysed(trace(`${order} ${set}`, locks), 'jsonl', ['lock-order']).kinds, [
      'lock-inversion possible',
    ]);
  });

  test('a nest lock that is given back too early is told', () => {
    const locks = { L1: { class: 'l' }, L2: { class: 'l' } };
    const both = 'A.acquire.O A.acquire.L1,nest=O A.acquire.M A.acquire.L2,nest=O';
    const all = kinds(`${both} A.release.O A.release.L2 A.release.M A.release.L1`, locks);
    assert.ok(all.includes('nest-lock-not-held happened'), all.join());
    const right = kinds(`${both} A.release.L2 A.release.M A.release.L1 A.release.O`, locks);
    assert.deepEqual(right, []);
  });

  test('no lock is held on return to user space, by who is frozen, or where none may be', () => {
    for (const op of ['return-to-user', 'freeze']) {
      assert.deepEqual(kinds(`A.acquire.L A.${op} A.release.L`), ['lock-held-at-exit happened']);
      assert.deepEqual(kinds(`A.acquire.L A.release.L A.${op}`), []);
    }
    const failed = ['assertion-failed happened'];
    assert.deepEqual(kinds('A.acquire.L A.assert-none-held A.release.L'), failed);
    assert.deepEqual(kinds('A.acquire.L A.release.L A.assert-none-held'), []);
  });

  test('assertions about interrupts hold as they say', () => {
    const failed = ['assertion-failed happened'];
    const inside = (state: string, context = 'hardirq'): readonly string[] =>
      kinds(`A.irq-enter.softirq A.assert-context.${context},state=${state} A.irq-exit.softirq`);
    assert.deepEqual(inside('inside', 'softirq'), []);
    assert.deepEqual(inside('outside', 'softirq'), failed);
    assert.deepEqual(inside('outside'), []);
    assert.deepEqual(inside('inside'), failed);
    assert.deepEqual(inside('disabled'), []);
    assert.deepEqual(inside('enabled'), failed);
    assert.deepEqual(kinds('A.assert-context.hardirq,state=enabled'), []);
    const off = 'A.irq-disable.hardirq A.assert-context.hardirq,state=enabled';
    assert.deepEqual(kinds(off), failed);
  });

  test('a lock that is not to be validated is held, and never checked', () => {
    const locks = { L: { check: false } };
    const events = 'A.acquire.L A.acquire.M A.release.M A.release.L B.acquire.M B.acquire.L';
    const find = (declared: object): readonly string[] =>
      analysed(trace(`${events} B.assert-held.L`, declared), 'jsonl', ['lock-order', 'rules'])
        .kinds;
    assert.deepEqual(find({}), ['lock-inversion possible']);
    assert.deepEqual(find(locks), []);
    assert.deepEqual(kinds('A.assert-held.L', locks), ['assertion-failed happened']);
  });

  test('locks of a class with ranks nest from the least up', () => {
    const locks = { L1: { class: 'l', rank: 1 }, L2: { class: 'l', rank: 2 }, L3: { class: 'l' } };
    const nest = (first: string, second: string): readonly string[] =>
      kinds(`A.acquire.${first} A.acquire.${second} A.release.${second} A.release.${first}`, locks);
    assert.deepEqual(nest('L1', 'L2'), []);
    assert.deepEqual(nest('L2', 'L1'), ['recursive-locking possible']);
    assert.deepEqual(nest('L1', 'L3'), ['recursive-locking possible']);
  });

  test('a map that overrides the wait context does so, and is itself not checked', () => {
    const locks = {
      R: { kind: 'raw_spin' },
      S: { kind: 'spin' },
      M: { kind: 'mutex' },
      W: { kind: 'map', waitOverride: 3 },
    };
    const under = (lock: string): readonly string[] =>
      kinds(
        `A.acquire.R A.acquire.W A.acquire.${lock} A.release.${lock} A.release.W A.release.R`,
        locks,
        { waitContexts: true },
      );
    assert.deepEqual(under('S'), []);
    assert.deepEqual(under('M'), ['invalid-wait-context happened']);
  });

  test('contention for a lock that was not asked for is told', () => {
    const line = (time: number, event: string): string =>
      `task-1 [000] d..1. 1.00000${time}: ${event}`;
    const found = (...events: string[]): readonly string[] =>
      analysed(
        events.map((event, index) => line(index, event)),
        'ftrace',
      ).kinds;
    const acquire = 'lock_acquire: 0x1 L';
    assert.deepEqual(found(acquire, 'lock_contended: 0x1 L', 'lock_acquired: 0x1 L'), []);
    assert.deepEqual(found(acquire, 'lock_release: 0x1 L', 'lock_contended: 0x1 L'), misuse);
    // What was taken before the trace began is not known.
    assert.deepEqual(found('lock_acquired: 0x1 L'), []);
  });
});
