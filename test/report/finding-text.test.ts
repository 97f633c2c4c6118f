import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Program } from '../../src/execute/program.ts';
import type { Arena, Mutex, Step, Word } from '../../src/program/index.ts';
import { findingJson } from '../../src/report/finding-json.ts';
import { findingText } from '../../src/report/finding-text.ts';
import { explore } from '../../src/schedule/explore.ts';
import type { FindingRecord } from '../../src/schedule/finding-record.ts';
import { Pct } from '../../src/schedule/strategies/pct.ts';
import { sampleProgram } from '../execute/sample-programs.ts';

interface World {
  readonly device: Mutex;
  readonly memory: Mutex;
  readonly gate: Mutex;
  readonly count: Word;
}

const setup = (arena: Arena): World => ({
  device: arena.mutex('memory32.device_lock', { class: 'device_lock' }),
  memory: arena.mutex('mem_hotplug_lock'),
  gate: arena.mutex('device_hotplug_lock'),
  count: arena.word('present_pages'),
});

function* online({ device, memory, count }: World): Step<void> {
  yield* device.acquire();
  yield* memory.acquire();
  yield* count.write((yield* count.read()) + 1);
  yield* memory.release();
  yield* device.release();
}

function* add({ device, memory }: World): Step<void> {
  yield* memory.acquire();
  yield* device.acquire();
  yield* device.release();
  yield* memory.release();
}

function* gated(world: World, body: (world: World) => Step<void>): Step<void> {
  yield* world.gate.acquire();
  yield* body(world);
  yield* world.gate.release();
}

function* show({ count }: World): Step<void> {
  yield* count.read();
}

const programs: Readonly<Record<string, () => Program>> = {
  opposite: () => sampleProgram({ setup, agents: { writer: online, firmware: add } }),
  guarded: () =>
    sampleProgram({
      setup,
      agents: {
        *writer(world) {
          yield* gated(world, online);
        },
        *firmware(world) {
          yield* gated(world, add);
        },
      },
    }),
  racing: () => sampleProgram({ setup, agents: { writer: online, reader: show } }),
};

/** The finding of this kind, met under seed 1. */
async function recordOf(program: string, kind: string): Promise<FindingRecord> {
  const strategy = new Pct({ seed: 1, depth: 3 });
  const options = { strategy, seed: 1, executions: 200, explain: true };
  const { findings } = await explore(programs[program]!(), options);
  const record = findings.find(({ finding }) => finding.kind === kind);
  assert.ok(record !== undefined, `${kind} is found`);
  return record;
}

/**
 * Compares with a stored text; lines of code are no news. `HEDDLE_GOLDEN=write npm test` stores the
 * present text: look at the difference before it is committed, and say so in the changelog.
 */
function expectGolden(name: string, text: string): void {
  const url = new URL(`data/${name}`, import.meta.url);
  const plain = `${text.replaceAll(/\.ts:\d+/g, '.ts:LINE')}\n`;
  if (process.env['HEDDLE_GOLDEN'] === 'write') writeFileSync(url, plain);
  assert.equal(plain, readFileSync(url, 'utf8'));
}

const cases = [
  { name: 'deadlock', program: 'opposite', kind: 'deadlock' },
  { name: 'lock-inversion', program: 'opposite', kind: 'lock-inversion' },
  { name: 'guarded-inversion', program: 'guarded', kind: 'lock-inversion' },
  { name: 'data-race', program: 'racing', kind: 'data-race' },
] as const;

describe('the report of a finding under seed 1 reads as stored:', () => {
  for (const { name, program, kind } of cases) {
    test(name, async () => {
      const replay = 'npx heddle replay found.schedule.json';
      expectGolden(`${name}.txt`, findingText(await recordOf(program, kind), { replay }));
    });
  }

  test('as JSON', async () => {
    const { text, ...fields } = findingJson(await recordOf('opposite', 'deadlock'));
    assert.equal(typeof text, 'string');
    expectGolden('deadlock.json', JSON.stringify(fields, null, 2));
  });
});

describe('a report', () => {
  for (const { name, program, kind } of cases) {
    test(`of a ${name} says things in the order in which a reader needs them`, async () => {
      const record = await recordOf(program, kind);
      const text = findingText(record, { replay: 'REPLAY' });
      const [title] = text.split('\n');
      assert.equal(title, record.finding.title);
      const order = ['fingerprint', 'How it comes to this', 'Replay it: REPLAY', 'Hint: '];
      const places = order.map((part) => text.indexOf(part));
      assert.deepEqual(
        places,
        places.toSorted((a, b) => a - b),
      );
      assert.ok(places.every((place) => place > 0));
    });
  }

  test('names every agent, lock and place of a deadlock', async () => {
    const text = findingText(await recordOf('opposite', 'deadlock'));
    const parts = [
      'writer',
      'firmware',
      'memory32.device_lock',
      'mem_hotplug_lock',
      'online',
      'add',
    ];
    for (const part of parts) assert.ok(text.includes(part), part);
    assert.match(text, /taken at test\/report\/finding-text\.test\.ts:\d+ in online/);
  });

  test('says of an inversion that it is possible, or guarded and by what', async () => {
    const possible = findingText(await recordOf('opposite', 'lock-inversion'));
    assert.match(possible, /^possible lock inversion/);
    assert.match(possible, /\*\*\* DEADLOCK \*\*\*/);
    const guarded = findingText(await recordOf('guarded', 'lock-inversion'));
    assert.match(guarded, /guarded by device_hotplug_lock/);
  });
});
