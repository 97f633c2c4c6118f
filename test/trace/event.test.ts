import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EventLog } from '../../src/trace/event.ts';
import { fingerprintOf } from '../../src/trace/fingerprint.ts';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe('an event log', () => {
  test('gives back every event in its order, however many there are', () => {
    const events = fc.array(fc.tuple(int32, int32, int32, int32, int32), {
      maxLength: 700,
      size: 'max',
    });
    fc.assert(
      fc.property(events, (given) => {
        const log = new EventLog();
        for (const event of given) log.event(...event);
        const fed: number[][] = [];
        log.feed({ event: (...event) => fed.push(event) });
        assert.deepEqual(fed, given);
        assert.equal(log.length, given.length);
        const last = given.length - 1;
        if (last < 0) return;
        const read = [log.kind(last), log.agent(last), log.object(last)];
        assert.deepEqual([...read, log.argument(last), log.result(last)], given[last]);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test('is empty after it was cleared', () => {
    const log = new EventLog();
    log.event(1, 2, 3, 4, 5);
    log.clear();
    assert.equal(log.length, 0);
    log.feed({ event: () => assert.fail('nothing is left') });
  });
});

describe('a fingerprint', () => {
  test('is this, for ever', () => {
    assert.equal(fingerprintOf(['deadlock', 'happened']), '2e457014d40c');
  });

  test('tells orders and parts apart', () => {
    const prints = [['a', 'b'], ['b', 'a'], ['a'], ['ab'], ['a', 'b', '']].map(fingerprintOf);
    assert.equal(new Set(prints).size, prints.length);
  });
});
