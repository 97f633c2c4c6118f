// Resolver hooks for scenario files that do not come with Heddle, one set a thread
// (`load-scenario.ts` registers them): such a file's `heddle` and `heddle/locks` are those of the
// Heddle that loads it, wherever the file lies, so that there is one engine in a thread; and its
// TypeScript files are ES modules, whatever the package around them says.
let own;

/** @param data - the URL of each of Heddle's own names */
export function initialize(data) {
  own = data;
}

/** For `module.register`, whose hooks run in a thread of their own: Node 20. */
export async function resolve(specifier, context, next) {
  return ours(specifier) ?? asModule(await next(specifier, context));
}

/** For `module.registerHooks`, whose hooks run in the thread itself, before those of `register`. */
export function resolveSync(specifier, context, next) {
  return ours(specifier) ?? asModule(next(specifier, context));
}

function ours(specifier) {
  if (!Object.hasOwn(own, specifier)) return undefined;
  return { url: own[specifier], format: 'module', shortCircuit: true };
}

function asModule(found) {
  const isOddTypeScript = found.format !== 'module' && /\.ts(\?|$)/.test(found.url);
  return isOddTypeScript ? { ...found, format: 'module' } : found;
}
