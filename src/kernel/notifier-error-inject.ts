import type { Arena, Step, Word } from '../program/index.ts';
import { EINVAL } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { memoryEventName, type MemoryNotify } from './memory-notify.ts';
import {
  makeNotifierBlock,
  notifierFromErrno,
  type NotifierBlock,
  type NotifierChain,
} from './notifier-chain.ts';
import type { SysfsFile } from './sysfs.ts';

/** The module memory-notifier-error-inject (lib/): a callback that fails as it is told to. */
export interface NotifierErrorInject {
  readonly notifier: NotifierBlock<MemoryNotify>;
  /** The errors that the two files hold, 0 or negative. */
  readonly goingOnlineError: Word;
  readonly goingOfflineError: Word;
  /** In debugfs, below notifier-error-inject/memory. */
  readonly files: readonly SysfsFile[];
}

/** The largest errno that the files take. */
const errnoMax = 4095;

/**
 * Lays out the module. Its parameter `priority` is the word `notifier.priority`.
 *
 * @param registered - whether the module is loaded when the execution begins
 * @param kernelOf - the kernel, once it is made
 */
export function makeNotifierErrorInject(
  arena: Arena,
  chain: NotifierChain<MemoryNotify>,
  registered: boolean,
  kernelOf: () => Kernel,
): NotifierErrorInject {
  const goingOnlineError = arena.word('error-inject.MEM_GOING_ONLINE');
  const goingOfflineError = arena.word('error-inject.MEM_GOING_OFFLINE');
  const notifier = makeNotifierBlock(arena, chain, {
    name: 'error-inject',
    registered,
    // notifier_err_inject_callback()
    *call(_self, action) {
      const event = memoryEventName(kernelOf(), action);
      if (event === 'goingOnline') return notifierFromErrno(yield* goingOnlineError.load());
      if (event === 'goingOffline') return notifierFromErrno(yield* goingOfflineError.load());
      return notifierFromErrno(0);
    },
  });
  const file = (event: string, error: Word): SysfsFile => {
    const path = `notifier-error-inject/memory/actions/${event}/error`;
    const active = arena.activeRef(`${path}.active`, {
      class: 'debugfs active',
      active: registered,
    });
    // errno_get()
    const show = function* (): Step<string> {
      return `${yield* error.load()}\n`;
    };
    const store = (_kernel: Kernel, input: string): Step<number> => errorStore(error, input);
    return { path, active, show, store, storesNothing: true };
  };
  const files = [
    file('MEM_GOING_ONLINE', goingOnlineError),
    file('MEM_GOING_OFFLINE', goingOfflineError),
  ];
  return { notifier, goingOnlineError, goingOfflineError, files };
}

/** errno_set(): a decimal number, held within -4095 and 0. All releases. Takes no lock. */
function* errorStore(error: Word, input: string): Step<number> {
  const text = input.replace(/\n$/, '');
  if (!/^[-+]?\d+$/.test(text)) return -EINVAL;
  yield* error.store(Math.max(-errnoMax, Math.min(0, Number(text))));
  return input.length;
}
