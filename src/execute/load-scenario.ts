import * as nodeModule from 'node:module';
import { isScenario, type Scenario } from '../program/scenario.ts';
import { UserError } from '../program/errors.ts';
import { fileText } from '../trace/places.ts';
import { loadFailure } from './load-failure.ts';

/** The scenarios that come with Heddle. */
const ownScenarios = new URL('../../scenarios/', import.meta.url).href;
/** In a source checkout this is a `.ts` file, which runs because tsx is there already. */
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** What `scenario-hooks.mjs` exports, as far as it is used here. */
interface ScenarioHooks {
  initialize(data: Readonly<Record<string, string>>): void;
  readonly resolveSync: unknown;
}

let hooked = false;
let typeScript = extension === '.ts';

/**
 * Loads the scenario that a module exports by default.
 *
 * @param url - the module's URL
 * @throws UserError if the module does not load or exports no scenario
 * @public
 */
export async function loadScenario(url: string): Promise<Scenario> {
  const module = await loadModule(url);
  if (isScenario(module['default'])) return module['default'];
  const named = Object.keys(module).find((name) => isScenario(module[name]));
  const what = named === undefined ? 'exports no scenario' : `exports its scenario as \`${named}\``;
  throw new UserError(
    `${fileText(url)} ${what}: its default export must be one, as in ` +
      '`export default scenario({ ... })`',
  );
}

/**
 * Loads a module of a user's.
 *
 * @throws UserError if it does not load
 */
export async function loadModule(url: string): Promise<Record<string, unknown>> {
  await prepareFor(url);
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    throw loadFailure(url, error);
  }
}

/** Gets this thread ready for a module of this URL: nothing for Heddle's own, so they load fast. */
async function prepareFor(url: string): Promise<void> {
  if (url.startsWith(ownScenarios)) return;
  if (/\.m?ts$/.test(url) && !typeScript) await registerTypeScript(url);
  if (hooked) return;
  hooked = true;
  const own = {
    heddle: new URL(`../index${extension}`, import.meta.url).href,
    'heddle/locks': new URL(`../locks/index${extension}`, import.meta.url).href,
  };
  const hooks = new URL('./scenario-hooks.mjs', import.meta.url);
  const { registerHooks } = nodeModule as { registerHooks?: (hooks: object) => unknown };
  if (registerHooks === undefined) {
    nodeModule.register(hooks, { data: own });
    return;
  }
  // Where there are hooks of the thread itself, tsx uses them, and others must, too.
  const scenarioHooks = (await import(hooks.href)) as ScenarioHooks;
  scenarioHooks.initialize(own);
  registerHooks({ resolve: scenarioHooks.resolveSync });
}

async function registerTypeScript(url: string): Promise<void> {
  typeScript = true;
  let tsx: { register(): unknown };
  try {
    tsx = await import('tsx/esm/api');
  } catch (error) {
    throw new UserError(
      `${fileText(url)} is TypeScript, and tsx, which loads it, is not installed: ` +
        '`npm install tsx`, or give a .js file',
      { cause: error },
    );
  }
  tsx.register();
  process.setSourceMapsEnabled(true);
}
