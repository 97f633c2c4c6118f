import { createRequire, syncBuiltinESMExports } from 'node:module';
import { UserError } from '../../program/errors.ts';
import type { Parameters } from '../../program/scenario.ts';
import { fileText, placesOf, placeText } from '../../trace/places.ts';
import type { CheckModule } from './check-module.ts';
import { portNumber, PortStandIn } from './ports.ts';
import { pristine } from './pristine.ts';
import { CannotPass, toPlain, toText, type Marker } from './shared-values.ts';

/** A view or a buffer that the set-up returned, and its path there. */
export interface NamedView {
  readonly path: string;
  readonly marker: Marker;
}

/** What a module's set-up laid out. */
export interface SetUp {
  /** What it returned, as it is. */
  readonly shared: unknown;
  /** The same as text, for the threads. */
  readonly text: string;
  /** All shared buffers that it allocated or returned, in that order. */
  readonly buffers: readonly SharedArrayBuffer[];
  readonly views: readonly NamedView[];
  /** Ends of message channels. */
  readonly ports: number;
}

/**
 * Runs a module's set-up. Buffers that it allocates are known from then on, also those that
 * libraries allocate inside of it.
 *
 * @throws UserError if it fails, or returns what does not pass to threads
 */
export function setUp(module: CheckModule, url: string, parameters: Parameters): SetUp {
  const buffers: SharedArrayBuffer[] = [];
  const ports = { count: 0 };
  const shared = intercepted(buffers, ports, () => called(module, url, parameters));
  const views: NamedView[] = [];
  try {
    const plain = toPlain(
      shared,
      {
        numberOf: (buffer) => {
          const known = buffers.indexOf(buffer);
          return known >= 0 ? known : buffers.push(buffer) - 1;
        },
        portOf: portNumber,
        unwrap: (view) => view,
        found: (path, marker) => views.push({ path, marker }),
      },
      '',
    );
    return { shared, text: toText(plain), buffers, views, ports: ports.count };
  } catch (error) {
    if (!(error instanceof CannotPass)) throw error;
    throw new UserError(`${fileText(url)}: what \`setup\` returns: ${error.message}`);
  }
}

function called(module: CheckModule, url: string, parameters: Parameters): unknown {
  let shared: unknown;
  try {
    shared = module.setup?.(parameters);
  } catch (error) {
    const place = error instanceof Error ? placesOf(error.stack)[0] : undefined;
    const where = place === undefined ? '' : ` at ${placeText(place)}`;
    throw new UserError(`${fileText(url)}: \`setup\` fails${where}: ${String(error)}`, {
      cause: error,
    });
  }
  if (shared instanceof Promise) {
    shared.catch(() => undefined);
    throw new UserError(`${fileText(url)}: \`setup\` must not be asynchronous`);
  }
  return shared;
}

/** Runs a function while shared buffers and message channels that it makes are taken note of. */
function intercepted(
  buffers: SharedArrayBuffer[],
  ports: { count: number },
  body: () => unknown,
): unknown {
  const threads = createRequire(import.meta.url)('node:worker_threads') as Record<string, unknown>;
  const before = { channel: threads['MessageChannel'], global: globalThis.MessageChannel };
  globalThis.SharedArrayBuffer = new Proxy(pristine.SharedArrayBuffer, {
    construct: (target, given, newTarget) => {
      const buffer = Reflect.construct(target, given, newTarget) as SharedArrayBuffer;
      buffers.push(buffer);
      return buffer;
    },
  });
  class ControlledChannel {
    readonly port1: PortStandIn = new PortStandIn(ports.count++);
    readonly port2: PortStandIn = new PortStandIn(ports.count++);
  }
  globalThis.MessageChannel = ControlledChannel as never;
  threads['MessageChannel'] = ControlledChannel;
  syncBuiltinESMExports();
  try {
    return body();
  } finally {
    globalThis.SharedArrayBuffer = pristine.SharedArrayBuffer;
    globalThis.MessageChannel = before.global;
    threads['MessageChannel'] = before.channel;
    syncBuiltinESMExports();
  }
}
