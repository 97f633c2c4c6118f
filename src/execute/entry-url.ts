import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The URL of a file that worker threads start with: `workers/entry-NAME`. The one place that knows
 * that the same file is `.js` in the built package, and in a source checkout a plain `.mjs` that
 * brings TypeScript up first (a worker cannot start with `.ts` on Node 20).
 */
export function entryUrl(name: 'agent' | 'check' | 'explore' | 'regress' | 'torture'): URL {
  const built = new URL(`../../workers/entry-${name}.js`, import.meta.url);
  if (existsSync(fileURLToPath(built))) return built;
  return new URL(`../../workers/boot-${name}.mjs`, import.meta.url);
}
