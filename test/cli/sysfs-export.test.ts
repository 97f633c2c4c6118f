import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { exportSysfs, sysfsContents } from '../../src/cli/sysfs-export-command.ts';
import { addMemory } from '../../src/kernel/add-memory.ts';
import { memoryBlock, type Kernel } from '../../src/kernel/kernel.ts';
import { makeSysfs } from '../../src/kernel/sysfs-tree.ts';
import type { Step } from '../../src/program/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'heddle-sysfs-'));
after(() => rmSync(folder, { recursive: true }));

/** Boot memory, memory32 online and movable, memory33 offline, memory34 of node 1 not there. */
const parameters = { bootBlocks: true, bootZone: 'DMA32', blocksMax: 3 } as const;

function* someMemory(kernel: Kernel): Step {
  yield* addMemory(kernel, memoryBlock(kernel, 33));
  const written = yield* makeSysfs(kernel).write('memory/memory32/state', 'online_movable');
  assert.equal(written, 14);
}

const entries = sysfsContents(parameters, someMemory);
exportSysfs(entries, folder);

const lsmem = spawnSync('lsmem', ['--version'], { encoding: 'utf8', timeout: 10_000 });
const missing = 'lsmem (util-linux) IS NOT INSTALLED: nothing checks that it reads the export';
const skip = lsmem.status === 0 ? false : missing;

/** What lsmem prints of the folder, line by line, with --raw columns by single blanks. */
function listed(...options: string[]): string[] {
  const child = spawnSync('lsmem', ['--sysroot', folder, '--bytes', ...options], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    timeout: 10_000,
  });
  assert.equal(child.status, 0, child.stderr);
  return child.stdout.trim().split('\n');
}

describe('the exported tree', () => {
  test('has the texts, modes and links of the kernel', () => {
    const at = (path: string) => join(folder, 'sys/devices/system', path);
    assert.equal(readFileSync(at('memory/memory32/state'), 'utf8'), 'online\n');
    assert.equal(statSync(at('memory/memory32/state')).mode & 0o777, 0o644);
    assert.equal(statSync(at('memory/probe')).mode & 0o777, 0o200);
    assert.equal(readlinkSync(at('memory/memory32/node0')), '../../node/node0');
    assert.ok(statSync(at('node/node0/memory33')).isDirectory());
  });

  test('is not written over another', () => {
    assert.throws(() => exportSysfs(entries, folder), /there is a tree already/);
  });
});

describe('lsmem --sysroot', { skip }, () => {
  test('lists every block with its state, zones and node, as the kernel says them', () => {
    const columns = 'BLOCK,SIZE,STATE,REMOVABLE,NODE,ZONES';
    const lines = listed('--raw', '--all', '--noheadings', '--summary=never', '--output', columns);
    // lsmem leaves REMOVABLE empty where the block is offline.
    const boot = [0, 1, 2, 3].map((number) => `${number} 134217728 online yes 0 DMA32`);
    assert.deepEqual(lines, [
      ...boot,
      '32 134217728 online yes 0 Movable',
      '33 134217728 offline  0 Normal/Movable',
    ]);
  });

  test('joins neighbours, counts what is online, and knows the addresses', () => {
    const lines = listed('--raw', '--noheadings', '--summary=never', '--output', 'RANGE,STATE');
    assert.deepEqual(lines, [
      '0x0000000000000000-0x000000001fffffff online',
      '0x0000000100000000-0x0000000107ffffff online',
      '0x0000000108000000-0x000000010fffffff offline',
    ]);
    const sums = listed('--summary=only').map((line) => line.replace(/ +/g, ' '));
    assert.ok(sums.includes(`Total online memory: ${5 * 134217728}`), sums.join('\n'));
    assert.ok(sums.includes('Total offline memory: 134217728'), sums.join('\n'));
  });
});

// Loud: a skip alone is easily overlooked.
if (skip !== false) console.error(`\n*** ${skip} ***\n`);
