import { agentCountMax } from '../../program/layout.ts';
import { UserError } from '../../program/errors.ts';
import type { Parameters } from '../../program/scenario.ts';
import { nearest } from '../../program/nearest.ts';
import { fileText } from '../../trace/places.ts';
import { loadModule } from '../load-scenario.ts';

/** What a thread can say of itself. @public */
export interface ThreadControl {
  /**
   * From here on what the thread does depends on this alone, and on shared memory: whatever else it
   * has been answered, the strategy `states` need not keep apart. Plain data; does nothing else.
   */
  dependsOn(state: unknown): void;
  /**
   * Runs a function of which nothing is left but what it returns or throws, what it did to shared
   * memory, and what `kept` gives afterwards: so what it was answered on its way `states` need not
   * keep apart. All plain data.
   */
  call<Result>(body: () => Result, kept: () => unknown): Result;
}

/** A function that is one thread; gets what the set-up returned. @public */
export type ThreadFunction = (shared: never, control: ThreadControl) => unknown;

/**
 * What a file for `heddle check` exports.
 *
 *     export function setup() { return { lock: new Int32Array(new SharedArrayBuffer(4)) }; }
 *     export const threads = { one({ lock }) { ... }, two({ lock }) { ... } };
 *     export function check({ lock }, returned) { ... }
 *
 * @public
 */
export interface CheckModule {
  /**
   * Allocates what the threads share and gives it its first contents; called once, on no thread.
   * Default: nothing is shared.
   *
   * @param parameters - what `checkThreads` was given; nothing from the command line
   */
  readonly setup?: (parameters: Parameters) => unknown;
  /** The threads by name, or a list of named functions. */
  readonly threads: Readonly<Record<string, ThreadFunction>> | readonly ThreadFunction[];
  /**
   * What must hold when all threads have ended: throws, or returns false, if it does not. Gets what
   * the set-up returned, and what each thread returned by name.
   */
  readonly check?: (shared: never, returned: never) => unknown;
}

/** One thread of a module. */
export interface NamedThread {
  readonly name: string;
  readonly run: ThreadFunction;
}

const exported = ['setup', 'threads', 'check'];

/** Whether a module is a file for `heddle check`. */
export function isCheckModule(module: Record<string, unknown>): boolean {
  return 'threads' in module && !('heddleScenario' in Object(module['default']));
}

/** Loads a file for `heddle check`. @throws UserError if it does not load */
export async function loadCheckModule(url: string): Promise<Record<string, unknown>> {
  const module = await loadModule(url);
  return 'threads' in module || typeof module['default'] !== 'object' || module['default'] === null
    ? module
    : (module['default'] as Record<string, unknown>);
}

/** @throws UserError if the module is not as {@link CheckModule} says */
export function checkModuleOf(module: Record<string, unknown>, url: string): CheckModule {
  const file = fileText(url);
  if (!('threads' in module)) {
    const hint = nearest('threads', Object.keys(module));
    throw new UserError(
      `${file} exports no \`threads\`: ${hint}it must, as in ` +
        '`export const threads = { one(shared) { ... }, two(shared) { ... } }`',
    );
  }
  for (const name of ['setup', 'check']) {
    const value = module[name];
    if (value !== undefined && typeof value !== 'function') {
      throw new UserError(`${file}: \`${name}\` must be a function, not ${kindOf(value)}`);
    }
  }
  for (const name of Object.keys(module)) {
    if (exported.includes(name) || typeof module[name] !== 'function') continue;
    const hint = nearest(name, exported);
    // A helper may be exported; a name that is nearly one of ours is a slip.
    if (hint !== '' && Math.abs(name.length - 5) <= 2) {
      throw new UserError(`${file} exports \`${name}\`, which means nothing here: ${hint}`.trim());
    }
  }
  threadsOf(module, url);
  return module as unknown as CheckModule;
}

/** The threads of a module, in the order of their numbers. */
export function threadsOf(module: Record<string, unknown>, url: string): NamedThread[] {
  const file = fileText(url);
  const { threads } = module;
  if (typeof threads !== 'object' || threads === null) {
    throw new UserError(`${file}: \`threads\` must be an object of functions, or a list of them`);
  }
  const list = Array.isArray(threads)
    ? namedOf(threads as unknown[], file)
    : Object.entries(threads).map(([name, run]) => ({ name, run: run as unknown }));
  for (const { name, run } of list) {
    if (typeof run !== 'function') {
      throw new UserError(`${file}: \`threads.${name}\` must be a function, not ${kindOf(run)}`);
    }
    if (!/^[\w$.-]+$/.test(name)) {
      throw new UserError(`${file}: a thread is named "${name}": give it a name of one word`);
    }
  }
  if (list.length < 1 || list.length > agentCountMax) {
    throw new UserError(`${file}: \`threads\` has ${list.length}; 1 to ${agentCountMax} can be`);
  }
  return list as NamedThread[];
}

/** Functions of a list go by their names, and by numbers where that is not enough. */
function namedOf(threads: readonly unknown[], file: string): { name: string; run: unknown }[] {
  const names = threads.map((run, at) => {
    if (typeof run !== 'function') {
      throw new UserError(`${file}: \`threads[${at}]\` must be a function, not ${kindOf(run)}`);
    }
    return run.name === '' ? 'thread' : run.name;
  });
  return threads.map((run, at) => {
    const name = names[at]!;
    const same = names.filter((one) => one === name).length;
    const before = names.slice(0, at).filter((one) => one === name).length;
    return { name: same === 1 ? name : `${name}${before + 1}`, run };
  });
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
