/** "did you mean ...? " for the names nearest to a mistyped one, or nothing if none is near. */
export function nearest(given: string, names: readonly string[]): string {
  const limit = Math.max(2, Math.floor(given.length / 2));
  const near = names
    .map((name) => ({ name, distance: editDistance(given.toLowerCase(), name.toLowerCase()) }))
    .filter(
      ({ name, distance }) => distance <= limit || (given.length >= 3 && name.includes(given)),
    )
    .sort((one, other) => one.distance - other.distance)
    .slice(0, 3)
    .map(({ name }) => `"${name}"`);
  return near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
}

/** Whether a name looks like another one mistyped: by a letter or two, or in lower case. */
export function isMistyped(given: string, name: string): boolean {
  if (given === name || given.length < 5) return false;
  return editDistance(given.toLowerCase(), name.toLowerCase()) <= 2;
}

/** Levenshtein's distance: insertions, deletions and replacements from one to the other. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
