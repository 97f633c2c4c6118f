import type { Finding } from './finding.ts';
import { parse, relativeStringsOf, resolveFrom } from './source.ts';
import type { Tree } from './tree.ts';

// The launcher, started by `bin`, imports main.ts; workers and scenarios are loaded by URL.
function isEntry(path: string): boolean {
  return (
    path === 'src/index.ts' ||
    path === 'src/locks/index.ts' ||
    path === 'src/locks/wrong/index.ts' ||
    path === 'src/cli/main.ts' ||
    path === 'src/cli/heddle.mjs' ||
    /^(workers|scenarios)\//.test(path)
  );
}

/** The files in src that nothing leads to from an entry: code that only tests use, or nobody. */
export function unreachedFiles(tree: Tree): Finding[] {
  const reached = new Set([...tree.keys()].filter(isEntry));
  for (const path of reached) {
    for (const specifier of relativeStringsOf(parse(path, tree.get(path) ?? ''))) {
      const target = resolveFrom(path, specifier);
      if (tree.has(target)) reached.add(target);
    }
  }
  return [...tree.keys()]
    .filter((path) => path.startsWith('src/') && !reached.has(path))
    .map((path) => ({ path, line: 1, message: 'no entry leads to this file by imports' }));
}
