/** The parts of a small scenario that a test wants otherwise. */
export interface Parts {
  readonly name?: string;
  /** The body of agent `one`. */
  readonly one?: string;
  /** The body of agent `two`. */
  readonly two?: string;
  readonly setup?: string;
  /** More fields. */
  readonly more?: string;
  readonly start?: string;
}

const setup = `(arena) => ({
    counter: arena.word('counter'),
    lock: arena.mutex('lock'),
    inner: Object.freeze({ depth: arena.word('depth') }),
    words: [arena.word('first')],
  })`;

/** A scenario file: two agents, a counter and a lock. Clean unless its parts say otherwise. */
export function scenarioText(parts: Parts = {}): string {
  return `import { scenario } from 'heddle';
${parts.start ?? 'export default'} scenario({
  name: '${parts.name ?? 'counting'}', summary: 'two agents count', source: 'a test',
  setup: ${parts.setup ?? setup},
  agents: {
    one: function* (world) {
      ${parts.one ?? 'yield* world.counter.add(1);'}
    },
    two: function* (world) {
      ${parts.two ?? 'yield* world.counter.add(1);'}
    },
  },
  ${parts.more ?? ''}
});
`;
}

/** Reads, and writes one more: not one step, and under no lock. */
export const racyAdd: string =
  'const before = yield* world.counter.read(); yield* world.counter.write(before + 1);';
