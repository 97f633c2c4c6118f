import { check, type Step } from '../src/program/index.ts';
import { EBUSY, EHWPOISON, EINVAL, ENODEV, ENOMEM } from '../src/kernel/errno.ts';
import { memoryBlock, type Kernel } from '../src/kernel/kernel.ts';
import { firstBlock, type MemoryBlock } from '../src/kernel/memory-block.ts';
import { sysfsWrite } from '../src/kernel/sysfs.ts';

/** How much each agent of a load does in one execution. */
export interface Load {
  /** Writers that do something; those above have nothing to do. */
  readonly writers: number;
  /** How often a writer goes through its blocks, the firmware through its, and so on. */
  readonly rounds: number;
  /** Names of agents that have nothing to do. */
  readonly idle: ReadonlySet<string>;
}

/** A kernel under load. */
export interface LoadedKernel extends Kernel {
  readonly load: Load;
}

/** Ways to bring a block online and take it offline again: file and word. */
const turns: readonly (readonly [file: string, word: string])[][] = [
  [
    ['state', 'online'],
    ['online', '0'],
  ],
  [
    ['state', 'online_movable'],
    ['state', 'offline'],
  ],
  [
    ['online', '1'],
    ['online', '0'],
  ],
  [
    ['state', 'online_kernel'],
    ['state', 'offline'],
  ],
];

/**
 * What a write may answer under load beside the bytes taken: the block is in that state already,
 * cannot be emptied, is gone, or has a poisoned page, or a callback refused.
 */
const refusals: ReadonlySet<number> = new Set([-EINVAL, -EBUSY, -ENODEV, -EHWPOISON, -ENOMEM]);

/** The blocks of a writer: its share of those that are present at first, and one of the next's. */
function blocksOfWriter(kernel: LoadedKernel, index: number): readonly MemoryBlock[] {
  const { blocksPresent } = kernel.configuration;
  const share = Math.ceil(blocksPresent / kernel.load.writers);
  const numbers = Array.from(
    { length: share + 1 },
    (_, at) => (index * share + at) % blocksPresent,
  );
  return [...new Set(numbers)].map((number) => memoryBlock(kernel, firstBlock + number));
}

/**
 * User space that brings memory blocks online and takes them offline, by `state` and by `online`,
 * and leaves every second one online.
 *
 * @param index - which of the writers, from 0 on
 */
export function loadWriter(index: number): (kernel: LoadedKernel) => Step {
  return function* (kernel) {
    if (index >= kernel.load.writers) return;
    const blocks = blocksOfWriter(kernel, index);
    for (let round = 0; round < kernel.load.rounds; round++) {
      for (const [at, block] of blocks.entries()) {
        const [up, down] = turns[(index + round + at) % turns.length]!;
        yield* write(kernel, block, up!);
        if ((index + at) % 2 === 0) yield* write(kernel, block, down!);
      }
    }
  };
}

function* write(
  kernel: Kernel,
  block: MemoryBlock,
  [file, word]: readonly [file: string, word: string],
): Step {
  const answer = yield* sysfsWrite(kernel, `${block.name}/${file}`, word);
  // v3.19 answers 1 where the block is in that state already: see `stateStore`.
  const isDone = answer === word.length || (answer === 1 && kernel.release.name === 'v3.19');
  const isKnown = isDone || refusals.has(answer);
  check(isKnown, `${block.name}/${file}: ${word} was answered by ${answer}`);
}
