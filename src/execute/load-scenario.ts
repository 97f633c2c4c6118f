import { isScenario, type Scenario } from '../program/scenario.ts';
import { UserError } from '../program/errors.ts';

/**
 * Loads the scenario that a module exports by default.
 *
 * @param url - the module's URL
 * @throws UserError if the module does not load or exports no scenario
 */
export async function loadScenario(url: string): Promise<Scenario> {
  let module: { default?: unknown };
  try {
    module = (await import(url)) as { default?: unknown };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UserError(`${url} does not load: ${message}`, { cause: error });
  }
  if (!isScenario(module.default)) {
    throw new UserError(
      `${url} exports no scenario: its default export must be \`scenario({ ... })\``,
    );
  }
  return module.default;
}
