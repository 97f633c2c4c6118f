import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentAt, agentLine, AgentState, makeControl } from '../../src/execute/threads/control.ts';
import { Watchdog } from '../../src/execute/threads/watchdog.ts';
import { Arena } from '../../src/program/arena.ts';
import { Kind } from '../../src/program/kinds.ts';
import { operationTable } from '../../src/program/operation-table.ts';

/** Two mutexes, each held by one agent of three, and what the control block says of waits. */
class Scene {
  readonly control: Int32Array = makeControl();
  readonly watchdog: Watchdog;
  readonly locks: readonly number[];
  private readonly memory: Int32Array;

  constructor() {
    const arena = new Arena(3);
    this.locks = [arena.mutex('one'), arena.mutex('two')].map(({ base }) => base);
    arena.seal();
    this.memory = arena.memory;
    for (const [agent, lock] of this.locks.entries()) {
      operationTable[Kind.acquire]!.effect(this.memory, agent, lock, 0, 0);
    }
    this.watchdog = new Watchdog(this.memory, this.control, 3);
    this.watchdog.begin();
    for (let agent = 0; agent < 3; agent++) this.set(agent, AgentAt.state, AgentState.running);
  }

  set(agent: number, at: number, value: number): void {
    this.control[agentLine(agent) + at] = value;
  }

  waits(agent: number, lock: number, kind: number = Kind.acquire): void {
    this.set(agent, AgentAt.waitKind, kind);
    this.set(agent, AgentAt.waitObject, this.locks[lock]!);
  }
}

describe('the watchdog, look by look,', () => {
  test('tells a cycle at the second look at which nobody in it has moved', () => {
    const scene = new Scene();
    scene.waits(0, 1);
    scene.waits(1, 0);
    assert.deepEqual(
      [1, 2, 3].map(() => scene.watchdog.look()),
      [false, false, true],
    );
    const waits = scene.watchdog.waits();
    assert.deepEqual(
      waits.map(({ agent, object, blockers }) => [agent, object, blockers]),
      [
        [0, scene.locks[1], 2],
        [1, scene.locks[0], 1],
      ],
    );
  });

  test('begins anew when one of the cycle has moved', () => {
    const scene = new Scene();
    scene.waits(0, 1);
    scene.waits(1, 0);
    scene.watchdog.look();
    scene.watchdog.look();
    scene.set(1, AgentAt.operations, 1);
    assert.deepEqual(
      [1, 2, 3].map(() => scene.watchdog.look()),
      [false, false, true],
    );
  });

  test('tells nothing while one waits for another who works', async () => {
    const scene = new Scene();
    scene.waits(0, 1);
    scene.waits(2, 1);
    for (let look = 0; look < 4; look++) assert.equal(scene.watchdog.look(), false);
    await delay(450);
    assert.equal(scene.watchdog.look(), false);
  });

  test('tells that all who are left wait, once they have for a while', async () => {
    const scene = new Scene();
    scene.waits(0, 1);
    scene.set(1, AgentAt.state, AgentState.done);
    scene.set(2, AgentAt.state, AgentState.failed);
    for (let look = 0; look < 4; look++) assert.equal(scene.watchdog.look(), false);
    await delay(450);
    assert.equal(scene.watchdog.look(), true);
  });

  test('knows that who sleeps or tries again comes back by itself', async () => {
    for (const kind of [Kind.sleep, Kind.retry]) {
      const scene = new Scene();
      for (let agent = 0; agent < 3; agent++) scene.waits(agent, 0, kind);
      scene.watchdog.look();
      await delay(450);
      assert.equal(scene.watchdog.look(), false);
    }
  });
});
