import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The URL of the file that agents' threads start with. The one place that knows that the same file
 * is `.js` in the built package, and in a source checkout a plain `.mjs` that brings TypeScript up
 * first (a worker cannot start with `.ts` on Node 20).
 */
export function agentEntryUrl(): URL {
  const built = new URL('../../workers/entry-agent.js', import.meta.url);
  if (existsSync(fileURLToPath(built))) return built;
  return new URL('../../workers/boot-agent.mjs', import.meta.url);
}
