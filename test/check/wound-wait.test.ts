import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analysed, trace } from './analysed.ts';

const locks = {
  O: { class: 'ww', kind: 'ww_mutex' },
  P: { class: 'ww', kind: 'ww_mutex' },
  Q: { class: 'ww', kind: 'ww_mutex' },
  T: { class: 'ctx', kind: 'ww_context' },
  U: { class: 'ctx', kind: 'ww_context' },
  X: { class: 'other', kind: 'ww_mutex', wwClass: 'other' },
  A: { class: 'a', kind: 'spin' },
};

/**
 * A row in short: `T+` begins a context and `T-` ends it, `T!` closes it; `O` takes in T, `O~` asks
 * and is refused, `O^` takes on the slow path; `Ob` takes without a context, `Ot` tries; `-O`.
 */
function events(steps: string): string {
  return steps
    .split(' ')
    .map((step) => {
      const [, minus, lock = '', how] = /^(-?)([A-Z])(.*)$/.exec(step)!;
      if (minus === '-' || (how === '-' && 'TU'.includes(lock))) return `P0.release.${lock}`;
      switch (how) {
        case '+':
        case 'b':
          return `P0.acquire.${lock}`;
        case '!':
          return `P0.context-done.${lock}`;
        case '~':
          return `P0.refused.${lock},nest=T`;
        case '^':
          return `P0.acquire.${lock},nest=T,slow=true`;
        case 't':
          return `P0.acquire.${lock},try=true`;
        case 'u':
          return `P0.acquire.${lock},nest=U`;
        default:
          return `P0.acquire.${lock},nest=T`;
      }
    })
    .join(' ');
}

const refused = 'T+ O P~';

/** The wound/wait rows of lib/locking-selftest.c (v6.12): what is silent, what is reported. */
const rows: readonly (readonly [name: string, steps: string, kinds: string])[] = [
  ['fail acquire', 'T+ O -O T! T-', ''],
  ['normal', 'T+ O -O T-', ''],
  ['unneeded slow', 'T+ O^', 'lock-misuse'],
  ['two contexts', 'T+ U+', 'recursive-locking'],
  ['different class', 'T+ X', 'lock-misuse'],
  ['context done twice', 'T+ T! T! T-', 'lock-misuse'],
  ['context ended twice', 'T+ T- T-', 'bad-unlock'],
  ['context ended early', 'T+ O T! T-', 'lock-misuse'],
  ['lock after done', 'T+ T! O', 'lock-misuse'],
  ['unlocked twice', 'Ob -O -O', 'bad-unlock'],
  ['unbalanced', 'T+ O T- T+ -O', 'lock-misuse'],
  ['stale context', 'T+ T- O', 'lock-misuse'],
  ['refused, normal', `${refused} -O P -P T-`, ''],
  ['refused, normal, slow', `${refused} -O P^ -P T-`, ''],
  ['refused, not let go', `${refused} P`, 'lock-misuse'],
  ['refused, not let go, slow', `${refused} P^`, 'lock-misuse'],
  ['refused, more', `${refused} Q`, 'lock-misuse'],
  ['refused, more, slow', `${refused} Q^`, 'lock-misuse'],
  ['refused, more refused', `${refused} Q~`, 'lock-misuse'],
  ['refused, let go, more refused', `${refused} -O Q~`, 'lock-misuse'],
  ['refused, another', `${refused} -O Q`, 'lock-misuse'],
  ['refused, another, slow', `${refused} -O Q^`, 'lock-misuse'],
  ['spin nest lock, unlocked', 'Ob P', 'nest-lock-not-held'],
  ['context, then blocked', 'T+ O Pb', 'recursive-locking'],
  ['context, then try', 'T+ O Pt -P -O T-', ''],
  ['context, then context', 'T+ O P -P -O T-', ''],
  ['try, then blocked', 'Ot Pb', 'recursive-locking'],
  ['try, then try', 'Ot Pt -P -O', ''],
  ['try, then context', 'Ot T+ P', 'recursive-locking'],
  ['blocked, then blocked', 'Ob Pb', 'recursive-locking'],
  ['blocked, then try', 'Ob Pt -P -O', ''],
  ['blocked, then context', 'Ob T+ P', 'recursive-locking'],
  ['spin lock, blocked', 'Ob Ab -A -O Ab Ob', 'lock-inversion'],
  ['spin lock, try', 'Ot Ab -A -O Ab Ot -O -A', ''],
  ['spin lock, context', 'T+ O Ab -A -O T- Ab T+ O', 'lock-inversion'],
];

describe('wound/wait mutexes', () => {
  for (const [name, steps, kinds] of rows) {
    test(`${name}: ${kinds === '' ? 'silent' : kinds}`, () => {
      const found = analysed(trace(events(steps), locks)).findings.map(({ finding }) => finding);
      if (kinds === '') assert.deepEqual(found, []);
      else
        assert.ok(
          found.some(({ kind }) => kind === kinds),
          found.map(({ kind }) => kind).join(),
        );
    });
  }

  test('two orders in contexts are no deadlock, with a lock outside of them they are', () => {
    const take = (agent: string, context: string, first: string, second: string): string =>
      `${agent}.acquire.${context} ${agent}.acquire.${first} ${agent}.acquire.${second} ` +
      `${agent}.release.${second.split(',')[0]} ${agent}.release.${first.split(',')[0]} ` +
      `${agent}.release.${context}`;
    const inContexts = [
      take('A', 'T', 'O,nest=T', 'P,nest=T'),
      take('B', 'U', 'P,nest=U', 'O,nest=U'),
    ];
    assert.deepEqual(analysed(trace(inContexts.join(' '), locks)).kinds, []);
    const outside = [take('A', 'T', 'O,nest=T', 'M'), take('B', 'M', 'U', 'O,nest=U')];
    const { kinds } = analysed(trace(outside.join(' '), locks));
    assert.ok(kinds.includes('predicted-deadlock predicted'), kinds.join());
  });
});
