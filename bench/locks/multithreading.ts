import type * as Multithreading from 'multithreading';

/** The package, which wants a browser's `navigator`; Node 20 has none. */
async function load(): Promise<typeof Multithreading> {
  const globals = globalThis as { navigator?: unknown };
  globals.navigator ??= { hardwareConcurrency: 2 };
  return await import('multithreading');
}

export const multithreading: typeof Multithreading = await load();
