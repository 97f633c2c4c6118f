import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../../src/program/nearest.ts';

const names = ['add-vs-online', 'sysfs-suicide', 'counter'];

test('a mistyped name is answered with the nearest one', () => {
  assert.equal(nearest('conter', names), 'did you mean "counter"? ');
  assert.equal(nearest('COUNTER', names), 'did you mean "counter"? ');
  assert.equal(nearest('add-vs-onlin', names), 'did you mean "add-vs-online"? ');
});

test('a part of a name is answered with the name', () => {
  assert.equal(nearest('suicide', names), 'did you mean "sysfs-suicide"? ');
});

test('a name that is near to nothing is answered with nothing', () => {
  assert.equal(nearest('xyz', names), '');
  assert.equal(nearest('', names), '');
});
