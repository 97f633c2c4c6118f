/** What the word after a benchmark's name may be. */
export interface Words {
  /** What it picks from: names, of which it may be a part. */
  readonly names: readonly string[];
  /** Whether it must be a whole name. */
  readonly whole?: boolean;
}

/**
 * What is wrong with the words after a benchmark's name, in one line; undefined: nothing.
 *
 * @param words - undefined: the benchmark takes none
 */
export function wrongWord(
  bench: string,
  given: readonly string[],
  words: Words | undefined,
): string | undefined {
  const [word, more] = given;
  if (word === undefined) return undefined;
  if (words === undefined) return `\`bench -- ${bench}\` takes no further word, got "${word}"`;
  if (more !== undefined) return `\`bench -- ${bench}\` takes one word at most, got "${more}"`;
  const { names, whole = false } = words;
  if (names.some((name) => (whole ? name === word : name.includes(word)))) return undefined;
  return `\`bench -- ${bench}\` has no "${word}": there are ${[...new Set(names)].join(', ')}`;
}
