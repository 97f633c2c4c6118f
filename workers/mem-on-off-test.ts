import { check, type AgentFunction, type Step } from '../src/program/index.ts';
import { loadErrorInject, unloadErrorInject } from '../src/kernel/error-inject-module.ts';
import { memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import type { MemoryBlock } from '../src/kernel/memory-block.ts';
import type { NotifierErrorInject } from '../src/kernel/notifier-error-inject.ts';
import { readState } from '../src/kernel/state-show.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

type Target = 'online' | 'offline';

/** What the test is called with. */
export interface MemOnOffTestOptions {
  /** The blocks whose `removable` says 1, such as 32 for memory32. */
  readonly blocks: readonly number[];
  /** -r: how many of them, in percent, a step takes offline; the script's choice is random. */
  readonly percent: number;
  /** -e: the error that the callback is told to answer with, negative. */
  readonly errno: number;
  /** -p: the priority that the callback is registered with. */
  readonly priority: number;
  /** The module that the test loads and unloads; if none, it has been loaded already. */
  readonly module?: NotifierErrorInject;
}

/**
 * tools/testing/selftests/memory-hotplug/mem-on-off-test.sh, with its part that needs the module
 * memory-notifier-error-inject. Each write is judged by what it answers and by what
 * `state` says afterwards; a mismatch, which the script prints, fails a check. It expects to be the
 * only one who writes to its blocks.
 */
export function memOnOffTest(options: MemOnOffTestOptions): AgentFunction<Kernel> {
  return function* (kernel) {
    const blocks = options.blocks.map((number) => memoryBlock(kernel, number));
    // In place of the script's random choice: the first ones.
    const some = blocks.slice(0, Math.ceil((blocks.length * options.percent) / 100));
    yield* onlineAll(kernel, blocks);
    yield* offlineExpectSuccess(kernel, some);
    yield* onlineAll(kernel, blocks);

    yield* load(kernel, options);
    yield* inject(kernel, 'MEM_GOING_OFFLINE', 0);
    yield* offlineExpectSuccess(kernel, some);
    yield* inject(kernel, 'MEM_GOING_ONLINE', options.errno);
    for (const block of yield* blocksThatAre(kernel, blocks, 'offline')) {
      yield* expectFail(kernel, block, 'online', options.errno);
    }
    yield* inject(kernel, 'MEM_GOING_ONLINE', 0);
    yield* onlineAll(kernel, blocks);

    yield* inject(kernel, 'MEM_GOING_OFFLINE', options.errno);
    for (const block of yield* blocksThatAre(kernel, blocks, 'online')) {
      yield* expectFail(kernel, block, 'offline', options.errno);
    }
    yield* inject(kernel, 'MEM_GOING_OFFLINE', 0);
    if (options.module !== undefined) yield* unloadErrorInject(kernel, options.module);
  };
}

/** `modprobe -q -r`, then `modprobe` with the priority. */
function* load(kernel: Kernel, { module, priority }: MemOnOffTestOptions): Step {
  if (module === undefined) return;
  yield* unloadErrorInject(kernel, module);
  const result = yield* loadErrorInject(kernel, module, priority);
  check(result === 0, `memory-notifier-error-inject does not load: ${result}`);
}

/** hotpluggable_online_memory(), hotpluggable_offline_memory(). */
function* blocksThatAre(
  kernel: Kernel,
  blocks: readonly MemoryBlock[],
  state: Target,
): Step<readonly MemoryBlock[]> {
  const found: MemoryBlock[] = [];
  for (const block of blocks) {
    if ((yield* readState(kernel, block)) === state) found.push(block);
  }
  return found;
}

function* onlineAll(kernel: Kernel, blocks: readonly MemoryBlock[]): Step {
  for (const block of yield* blocksThatAre(kernel, blocks, 'offline')) {
    yield* expectSuccess(kernel, block, 'online');
  }
}

function* offlineExpectSuccess(kernel: Kernel, blocks: readonly MemoryBlock[]): Step {
  for (const block of blocks) yield* expectSuccess(kernel, block, 'offline');
}

/** online_memory_expect_success(), offline_memory_expect_success(). */
function* expectSuccess(kernel: Kernel, block: MemoryBlock, target: Target): Step {
  const answer = yield* sysfsWrite(kernel, `${block.name}/state`, target);
  check(answer === target.length, `${block.name}: ${target}: unexpected fail, ${answer}`);
  const state = yield* readState(kernel, block);
  check(state === target, `${block.name}: ${target}: unexpected state ${state}`);
}

/** online_memory_expect_fail(), offline_memory_expect_fail(). */
function* expectFail(kernel: Kernel, block: MemoryBlock, target: Target, errno: number): Step {
  const answer = yield* sysfsWrite(kernel, `${block.name}/state`, target);
  check(answer === errno, `${block.name}: ${target}: expected to fail with ${errno}, ${answer}`);
  const state = yield* readState(kernel, block);
  const before = target === 'online' ? 'offline' : 'online';
  check(state === before, `${block.name}: ${target} failed and left the state ${state}`);
}

/** echo ERRNO > notifier-error-inject/memory/actions/EVENT/error. */
function* inject(
  kernel: Kernel,
  event: 'MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE',
  errno: number,
): Step {
  const path = `notifier-error-inject/memory/actions/${event}/error`;
  const text = String(errno);
  const answer = yield* sysfsWrite(kernel, path, text);
  check(answer === text.length, `${path} does not take ${text}: ${answer}`);
}
