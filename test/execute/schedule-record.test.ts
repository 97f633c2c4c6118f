import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScheduleRecord } from '../../src/execute/schedule-record.ts';
import { kindCount } from '../../src/program/kinds.ts';

test('a schedule keeps every kind of operation and its object', () => {
  const record = new ScheduleRecord();
  const kinds = Array.from({ length: kindCount }, (_, kind) => kind);
  for (const kind of kinds) record.add(kind % 31, kind, 1000 + kind);
  const steps = record.steps();
  assert.deepEqual([...steps.kinds], kinds);
  assert.deepEqual(
    [...steps.objects],
    kinds.map((kind) => 1000 + kind),
  );
  for (const kind of kinds) {
    assert.equal(record.kindAt(kind), kind);
    assert.equal(record.objectAt(kind), 1000 + kind);
    assert.equal(record.agents[kind], kind % 31);
  }
});
