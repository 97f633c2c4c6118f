import {
  scenario,
  sleep,
  type Arena,
  type Region,
  type Scenario,
  type Step,
  type Word,
} from '../../../src/program/index.ts';

interface World {
  readonly region: Region;
  readonly inner: Word;
  readonly busy: Word;
}

/** Milliseconds in which the remover is through, unless the machine does other things. */
const later = 200;

/** Memory that goes away while others use it, with nothing that orders the two. */
const gone: Scenario<World> = scenario<World>({
  name: 'gone',
  summary: 'memory that goes away',
  source: 'test',
  setup: (arena: Arena) => {
    const { inside: inner, region } = arena.region('region', (within) => within.word('inner'));
    return { region, inner, busy: arena.word('busy') };
  },
  agents: {
    /** Has done much when it takes the memory away. */
    *remover({ region, busy }: World): Step<void> {
      for (let count = 0; count < 100; count++) yield* busy.add(1);
      yield* region.retire();
    },
    /** Has done next to nothing, long after. */
    *late({ inner }: World): Step<void> {
      yield* sleep(later);
      yield* inner.load();
    },
    /** Has done much, long before. */
    *early({ inner }: World): Step<void> {
      for (let count = 0; count < 100; count++) yield* inner.load();
    },
    /** Has done next to nothing when it takes the memory away, long after. */
    *lateRemover({ region }: World): Step<void> {
      yield* sleep(later);
      yield* region.retire();
    },
  },
  forms: {
    after: { summary: 'used after it went', agents: ['remover', 'late'] },
    before: { summary: 'used before it went', agents: ['early', 'lateRemover'] },
  },
});

export default gone;
