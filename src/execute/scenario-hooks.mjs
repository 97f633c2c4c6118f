// Resolver hooks for scenario files that do not come with Heddle, one set a thread
// (`load-scenario.ts` registers them): such a file's `heddle` is the Heddle that loads it, wherever
// the file lies, so that there is one engine in a thread; and its TypeScript files are ES modules,
// whatever the package around them says.
let heddle;

export function initialize(data) {
  heddle = data.heddle;
}

export async function resolve(specifier, context, next) {
  if (specifier === 'heddle') return { url: heddle, format: 'module', shortCircuit: true };
  const found = await next(specifier, context);
  const isOddTypeScript = found.format === 'commonjs' && /\.ts(\?|$)/.test(found.url);
  return isOddTypeScript ? { ...found, format: 'module' } : found;
}
