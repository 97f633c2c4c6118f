import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrongWord } from '../../bench/words.ts';

const some = { names: ['counter(4,3)', 'readers(8)'] };

test('a word after a benchmark picks by a part of a name, or is one clear line', () => {
  assert.equal(wrongWord('dpor', [], some), undefined);
  assert.equal(wrongWord('dpor', ['counter'], some), undefined);
  assert.equal(
    wrongWord('dpor', ['nope'], some),
    '`bench -- dpor` has no "nope": there are counter(4,3), readers(8)',
  );
  assert.equal(
    wrongWord('threads', ['fre'], { names: ['free'], whole: true }),
    '`bench -- threads` has no "fre": there are free',
  );
  assert.equal(
    wrongWord('dpor', ['counter', 'readers'], some),
    '`bench -- dpor` takes one word at most, got "readers"',
  );
  assert.equal(
    wrongWord('random', ['counter'], undefined),
    '`bench -- random` takes no further word, got "counter"',
  );
});
