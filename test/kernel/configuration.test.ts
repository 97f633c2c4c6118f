import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Arena } from '../../src/program/index.ts';
import { makeKernel, memoryBlock } from '../../src/kernel/kernel.ts';
import { refused } from './refused-kernel.ts';

describe('parameters of the kernel', () => {
  test('a release, commit or word that is not known is refused with those that are', () => {
    assert.equal(
      refused({ release: 'v5.0' }),
      '`release` is one of v3.19, v4.18, v4.20, v6.1, v6.8, not "v5.0"',
    );
    assert.match(refused({ without: '8df1d0e4a265,abc' }), /8df1d0e4a265, .*, not "abc"$/);
    assert.equal(refused({ addPath: 'usb' }), '`addPath` is one of driver, acpi, not "usb"');
  });

  test('a parameter of another type is refused', () => {
    assert.equal(refused({ release: 4 }), '`release` is a text, not 4');
    assert.equal(refused({ autoOnline: 'yes' }), '`autoOnline` is true or false, not yes');
    assert.match(refused({ blocksMax: 2.5 }), /whole number from 1 to 64, not 2.5$/);
    assert.match(refused({ blocksMax: 2, blocksPresent: 3 }), /from 0 to 2, not 3$/);
  });

  test('a commit that the release does not have is refused', () => {
    const later = refused({ release: 'v4.18', without: '8df1d0e4a265' });
    assert.match(later, /that v4.18 has, not "8df1d0e4a265", which came with v4.20$/);
    assert.equal(refused({ release: 'v4.20', without: '8df1d0e4a265' }), 'accepted');
  });

  test('a commit whose work a later one replaced is refused as long as that one is in', () => {
    const add = refused({ release: 'v4.18', without: '55adc1d05dca' });
    assert.equal(
      add,
      '`without` names 55adc1d05dca, which v4.18 does not miss as long as it has 3f906ba23689: ' +
        'leave that out, too',
    );
    const two = refused({ release: 'v4.18', without: 'b5d24fda9c3d' });
    assert.match(two, /has 55adc1d05dca and 3f906ba23689: leave those out, too$/);
    const lock = refused({ release: 'v3.19', without: '20d6c96b5f1c' });
    assert.match(lock, /v3.19 does not miss as long as it has bfc8c90139eb: /);
    const asserted = refused({ release: 'v6.1', without: '3fc21924100b,3f906ba23689' });
    assert.match(asserted, /has 55adc1d05dca: leave that/);
    const all = '3fc21924100b,b5d24fda9c3d,55adc1d05dca,3f906ba23689';
    assert.equal(refused({ release: 'v4.18', without: all }), 'accepted');
    assert.equal(refused({ release: 'v3.19', without: '20d6c96b5f1c,bfc8c90139eb' }), 'accepted');
  });

  test('a commit may be named by more digits', () => {
    assert.equal(refused({ without: '8df1d0e4a265b2ff' }), 'accepted');
    assert.match(refused({ without: '8df1d0e4a2' }), /not "8df1d0e4a2"$/);
  });

  test('a name that is mistyped is refused, and one of the scenario itself is not', () => {
    const message = '`blocksMax` is a parameter of the kernel, and `blokcsMax` is none';
    assert.equal(refused({ blokcsMax: 4 }), message);
    assert.match(refused({ autoonline: true }), /^`autoOnline` is a parameter/);
    assert.equal(refused({ removes: true, deed: 'adds' }), 'accepted');
  });

  test('two set-ups with the same parameters lay out the same objects', () => {
    const layout = (): string => {
      const arena = new Arena(3);
      makeKernel(arena, { release: 'v6.1', blocksMax: 4 });
      return JSON.stringify(arena.objects);
    };
    assert.equal(layout(), layout());
  });

  test('memory blocks are numbered from 32', () => {
    const kernel = makeKernel(new Arena(1), { blocksMax: 2 });
    assert.equal(memoryBlock(kernel, 33).name, 'memory33');
    assert.throws(() => memoryBlock(kernel, 34), /memory32 to memory33, not 34/);
  });
});
