import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The files of the project: path from its root, with forward slashes, to text. */
export type Tree = ReadonlyMap<string, string>;

export const projectRoot: string = fileURLToPath(new URL('../..', import.meta.url));

const skippedFolders = new Set(['.git', 'node_modules', 'dist', 'coverage', 'heddle-findings']);

function walk(folder: string): string[] {
  const paths: string[] = [];
  for (const entry of readdirSync(join(projectRoot, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) paths.push(path);
    else if (!skippedFolders.has(entry.name)) paths.push(...walk(path));
  }
  return paths;
}

/** What git tracks or would; without git (an unpacked archive), what was not built or installed. */
function listPaths(): string[] {
  if (!existsSync(join(projectRoot, '.git'))) return walk('');
  const git = spawnSync('git', ['ls-files', '-coz', '--exclude-standard'], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  return git.status === 0 ? git.stdout.split('\0').filter((path) => path !== '') : walk('');
}

/** Reads the text files of the project, without those that are deleted but not yet committed. */
export function readTree(): Tree {
  const tree = new Map<string, string>();
  for (const path of listPaths().toSorted()) {
    if (!existsSync(join(projectRoot, path))) continue;
    const text = readFileSync(join(projectRoot, path), 'utf8');
    if (!text.includes('\0')) tree.set(path, text);
  }
  return tree;
}

export function isCode(path: string): boolean {
  return path.endsWith('.ts') || path.endsWith('.mjs');
}

/** Code that ships: not tests, benchmarks or the build script. */
export function isProduct(path: string): boolean {
  return isCode(path) && /^(src|workers|scenarios)\//.test(path);
}
