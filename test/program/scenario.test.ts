import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  scenario,
  UserError,
  type Scenario,
  type ScenarioDefinition,
} from '../../src/program/index.ts';
import { isScenario } from '../../src/program/scenario.ts';

const good = {
  name: 'good-one',
  summary: 'a scenario',
  source: 'test',
  setup: () => ({}),
  agents: {
    // oxlint-disable-next-line require-yield
    *a() {
      // Nothing to do.
    },
    // oxlint-disable-next-line require-yield
    *b() {
      // Nothing to do.
    },
  },
};

function refused(change: Record<string, unknown>): string {
  try {
    scenario({ ...good, ...change } as unknown as ScenarioDefinition<unknown>);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.ok(!error.message.includes('\n'), 'one line');
    return error.message;
  }
  return 'accepted';
}

describe('a scenario', () => {
  test('has one form of all agents and one clean variant, if it says no more', () => {
    const made: Scenario<object> = scenario(good);
    assert.deepEqual(made.forms, { full: { summary: 'all agents', agents: ['a', 'b'] } });
    assert.deepEqual(made.variants, { default: { summary: 'as it is' } });
    assert.deepEqual(made.invariants, []);
    assert.equal(made.stepsMax, 10_000);
    assert.ok(Object.isFrozen(made));
    assert.ok(isScenario(made));
  });

  test('is told from anything else', () => {
    for (const other of [undefined, null, 3, 'x', {}, good, () => good]) {
      assert.equal(isScenario(other), false);
    }
  });
});

describe('a bad scenario is one line that names the field:', () => {
  test('an agent that is no generator function', () => {
    const message =
      'scenario "good-one": `agents.a`: ' +
      'expected a generator function: function* (world, self) { ... }';
    assert.equal(refused({ agents: { a: () => undefined } }), message);
    assert.equal(refused({ agents: { a: async () => undefined } }), message);
    assert.equal(refused({ agents: { a: async function* () {} } }), message);
    assert.equal(refused({ agents: { a: 3 } }), message);
  });

  test('a form with an agent that there is not', () => {
    assert.equal(
      refused({ forms: { small: { summary: 's', agents: ['a', 'c'] } } }),
      'scenario "good-one": `forms.small.agents`: no agent is named "c"; there are a, b',
    );
  });

  test('a form without agents', () => {
    assert.match(
      refused({ forms: { small: { summary: 's', agents: [] } } }),
      /^scenario "good-one": `forms\.small\.agents`: /,
    );
  });

  test('a field that is mistyped', () => {
    assert.match(
      refused({ agent: {} }),
      /^scenario "good-one": `agent` is no field here: .*there are name, summary, .*, stepsMax$/,
    );
    const variants = { one: { summary: 's', show: [] } };
    assert.match(refused({ variants }), /^scenario "good-one": `variants\.one\.show` is no field/);
    const forms = { small: { summary: 's', agents: ['a'], strategie: 'dfs' } };
    assert.match(refused({ forms }), /^scenario "good-one": `forms\.small\.strategie` is no field/);
  });

  test('a field that is missing', () => {
    for (const field of ['name', 'summary', 'source', 'setup', 'agents']) {
      assert.match(refused({ [field]: undefined }), new RegExp(`\`${field}\`: `), field);
    }
  });

  test('a name that would not do in a file name or a command', () => {
    for (const name of ['', 'Good', '1st', 'a b', 'a/b', '../x']) {
      assert.match(refused({ name }), /`name`: expected /, name);
    }
  });

  test('a number out of its range', () => {
    for (const stepsMax of [0, -1, 1.5, 1_000_001, Number.NaN, '10']) {
      assert.match(refused({ stepsMax }), /`stepsMax`: /);
    }
    const forms = { small: { summary: 's', agents: ['a'], executions: 0 } };
    assert.match(refused({ forms }), /`forms\.small\.executions`: /);
  });

  test('a kind of invariant, a level or a parameter that there is not', () => {
    const invariants = [{ name: 'i', when: 'sometimes', holds: () => true }];
    assert.match(refused({ invariants }), /`invariants\.0\.when`: /);
    const shows = { one: { summary: 's', shows: [{ kind: 'deadlock', level: 'certain' }] } };
    assert.match(refused({ variants: shows }), /`variants\.one\.shows\.0\.level`: /);
    const parameters = { one: { summary: 's', parameters: { x: {} } } };
    assert.match(refused({ variants: parameters }), /`variants\.one\.parameters\.x`: /);
  });

  test('no object at all', () => {
    for (const definition of [undefined, null, 3, 'x']) {
      assert.throws(() => scenario(definition as never), UserError);
    }
  });
});
