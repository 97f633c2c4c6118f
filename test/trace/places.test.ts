import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { placesOf, placeText } from '../../src/trace/places.ts';

const here = fileURLToPath(import.meta.url);
const source = fileURLToPath(new URL('../../src/', import.meta.url));

function stack(...lines: string[]): string {
  return ['Error: operation made here', ...lines.map((line) => `    at ${line}`)].join('\n');
}

describe('the places of a stack', () => {
  test('are those in agents’ code, innermost first', () => {
    const places = placesOf(
      stack(
        `make (${source}program/port.ts:10:5)`,
        `Mutex.acquire (${source}program/locks/mutex.ts:20:5)`,
        `inner (${here}:3:7)`,
        `Object.outer (file://${here}:5:9)`,
        `outer.next (<anonymous>)`,
        `Coroutines.resume (${source}execute/coroutines.ts:8:1)`,
        `notAnAgent (${here}:9:9)`,
      ),
    );
    assert.deepEqual(
      places.map(({ function: name, line, column }) => [name, line, column]),
      [
        ['inner', 3, 7],
        ['outer', 5, 9],
      ],
    );
    assert.ok(places.every(({ file }) => file === here));
  });

  test('count the kernel model and packages as agents’ code, but not what Heddle runs on', () => {
    const places = placesOf(
      stack(
        `deviceOnline (${source}kernel/device-online.ts:1:2)`,
        `agent (/home/x/node_modules/agents/index.js:1:2)`,
        `other (/home/x/node_modules/piscina/index.js:1:2)`,
      ),
    );
    assert.deepEqual(
      places.map((place) => place.function),
      ['deviceOnline', 'agent'],
    );
  });

  test('take a function without a name', () => {
    const [place] = placesOf(stack(`${here}:4:2`));
    assert.deepEqual(place, { function: '<anonymous>', file: here, line: 4, column: 2 });
  });

  test('are none where there is no stack', () => {
    assert.deepEqual(placesOf(undefined), []);
    assert.deepEqual(placesOf('Error: at nothing (in particular)'), []);
  });

  test('are written from the working folder, or whole if they lie elsewhere', () => {
    const place = { function: 'f', line: 7, column: 1 };
    const inside = `${process.cwd()}/some/file.ts`;
    assert.equal(placeText({ ...place, file: inside }), 'some/file.ts:7');
    assert.equal(placeText({ ...place, file: '/elsewhere/file.ts' }), '/elsewhere/file.ts:7');
  });
});
