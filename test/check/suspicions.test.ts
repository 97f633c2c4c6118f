import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { allCheckNames } from '../../src/check/analysis/analysis.ts';
import { Coroutines } from '../../src/execute/coroutines.ts';
import { instantiate } from '../../src/execute/program.ts';
import type { Arena, Step } from '../../src/program/index.ts';
import { Replay } from '../../src/schedule/strategies/replay.ts';
import { sampleScenario } from '../execute/sample-programs.ts';
import { analysed, trace } from './analysed.ts';

function suspected(events: string): boolean {
  const rw = { R: { kind: 'rwsem' } };
  const all = analysed(trace(events, rw), 'jsonl', ['suspicions']);
  // Off unless it is named.
  assert.ok(!analysed(trace(events, rw)).kinds.join().includes('suspicion'));
  assert.ok(all.kinds.every((kind) => kind === 'lockset-suspicion possible'));
  return all.kinds.length > 0;
}

const under = (agent: string, lock: string, inside: string): string =>
  `${agent}.acquire.${lock} ${agent}.${inside} ${agent}.release.${lock.split(',')[0]}`;

describe('suspicions in a trace', () => {
  test('a word that is kept by one lock here and another one there', () => {
    const both = `${under('A', 'L', 'write.x')} ${under('B', 'M', 'write.x')}`;
    assert.ok(suspected(both));
    assert.ok(suspected(`A.write.x ${both}`));
    // Happens-before sees no race where another lock orders them by chance; this does.
    const ordered = `A.write.x ${under('A', 'M', 'read.y')} ${under('B', 'M', 'read.y')} B.write.x`;
    assert.deepEqual(
      analysed(trace(ordered)).kinds.filter((kind) => /race.*happ/.test(kind)),
      [],
    );
    assert.ok(suspected(ordered));
    assert.ok(suspected(`${under('A', 'L', 'write.x')} B.write.x`));
  });

  test('is silent where one lock keeps every access', () => {
    const all = [under('A', 'L', 'write.x'), under('B', 'L', 'rmw.x'), under('A', 'L', 'read.x')];
    assert.ok(!suspected(all.join(' ')));
  });

  test('is silent about initialisation, and about what is only read then', () => {
    assert.ok(!suspected(`A.write.x A.write.x ${under('B', 'L', 'read.x')}`));
    assert.ok(!suspected('A.write.x B.read.x C.read.x A.read.x'));
    assert.ok(suspected('A.write.x B.read.x C.read.x A.write.x'));
  });

  test('a write under a lock that is held for reading is not kept by it', () => {
    const shared = under('A', 'R,mode=read', 'write.x');
    assert.ok(suspected(`${shared} ${under('B', 'R,mode=read', 'write.x')}`));
    const right = `${under('A', 'R', 'write.x')} ${under('B', 'R,mode=read', 'read.x')}`;
    assert.ok(!suspected(`${right} ${right}`));
  });

  test('is silent where the word is handed over, and about atomic words', () => {
    assert.ok(!suspected('A.write.x A.fork.B B.write.x B.write.x A.join.B A.write.x'));
    const anew = `${under('A', 'L', 'write.x')} A.fork.B A.fork.C ${under('B', 'M', 'write.x')}`;
    assert.ok(!suspected(`${anew} ${under('C', 'M', 'write.x')}`));
    assert.ok(suspected(`${anew} ${under('C', 'L', 'write.x')}`));
    assert.ok(!suspected('A.write.x A.complete.C B.await.C B.write.x'));
    assert.ok(suspected('A.complete.C A.write.x B.await.C B.write.x'));
    assert.ok(!suspected('A.write.x A.write.f,marked=true B.read.f,marked=true B.write.x'));
    assert.ok(!suspected('A.rmw.x B.rmw.x C.read.x,marked=true'));
    assert.ok(suspected('A.rmw.x B.rmw.x C.write.x'));
    assert.ok(!suspected('A.write.x A.retire.x A.revive.x B.write.x'));
  });

  test('is told once a word, with both accesses and what they held', () => {
    const events = `${under('A', 'L', 'write.x')} ${under('B', 'M', 'write.x')} `.repeat(3);
    const { findings } = analysed(trace(events), 'jsonl', [...allCheckNames]);
    const [found] = findings.filter(({ finding }) => finding.kind === 'lockset-suspicion');
    assert.equal(found!.count, 1);
    const text = found!.finding.text.join('\n');
    assert.match(text, /A writes x \(line 3\), holding L for writing/);
    assert.match(text, /B writes x \(line 6\), holding M for writing/);
  });
});

describe('suspicions in an execution', () => {
  const setup = (arena: Arena) => ({
    x: arena.word('x'),
    flag: arena.word('flag'),
    l: arena.mutex('l'),
    m: arena.mutex('m'),
    done: arena.completion('done'),
  });
  type World = ReturnType<typeof setup>;
  type Agent = (world: World) => Step<void>;

  function live(one: Agent, other: Agent, suspicions = true): string[] {
    const scenario = sampleScenario({ setup, agents: { one, other } });
    const choice = Object.keys(scenario.forms)[0]!;
    const variant = Object.keys(scenario.variants)[0]!;
    const program = instantiate(scenario, { variant, form: choice, suspicions });
    const nothing = new Int32Array(0);
    const coroutines = new Coroutines(program);
    const titles: string[] = [];
    const order = { agents: nothing, kinds: nothing, objects: nothing };
    coroutines.runAll(new Replay(order, program.subject), 0, () => {
      for (const { kind, title } of coroutines.checks!.findings) {
        if (kind === 'lockset-suspicion') titles.push(title);
      }
      return true;
    });
    return titles;
  }

  const write = (lock: 'l' | 'm'): Agent =>
    function* (world) {
      yield* world[lock].acquire();
      yield* world.x.write(1);
      yield* world[lock].release();
    };
  const told = ['suspicion: no lock keeps all accesses to x'];

  test('two locks are suspected, one lock is not; off by default', () => {
    const twice: Agent = function* (world) {
      yield* world.done.complete();
      yield* write('l')(world);
      yield* world.flag.write(1);
    };
    assert.deepEqual(live(write('l'), write('l')), []);
    const without: Agent = function* ({ x }) {
      yield* x.write(2);
    };
    assert.deepEqual(live(write('l'), without), told);
    assert.deepEqual(live(write('l'), without, false), []);
    assert.deepEqual(live(twice, without), told);
  });

  test('what a completion or an atomic word hands over is not suspected', () => {
    const gives: Agent = function* ({ x, done }) {
      yield* x.write(1);
      yield* done.complete();
    };
    const takes: Agent = function* ({ x, done }) {
      yield* done.wait();
      yield* x.write(2);
    };
    assert.deepEqual(live(gives, takes), []);
    const publishes: Agent = function* ({ x, flag }) {
      yield* x.write(1);
      yield* flag.store(1);
    };
    const waits: Agent = function* ({ x, flag }) {
      yield* flag.waitUntil(1);
      yield* x.read();
    };
    assert.deepEqual(live(publishes, waits), []);
    const late: Agent = function* ({ x, flag }) {
      yield* flag.store(1);
      yield* x.write(1);
    };
    const reads: Agent = function* ({ x, flag }) {
      yield* flag.waitUntil(1);
      yield* x.write(3);
    };
    assert.deepEqual(live(late, reads), told);
  });
});
