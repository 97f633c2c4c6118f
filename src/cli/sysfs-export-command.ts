import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Coroutines } from '../execute/coroutines.ts';
import { instantiate } from '../execute/program.ts';
import { resultName } from '../kernel/errno.ts';
import { makeKernel, type Kernel } from '../kernel/kernel.ts';
import { makeRelease } from '../kernel/release.ts';
import { makeSysfs, sysfsRoot, type SysfsEntry } from '../kernel/sysfs-tree.ts';
import { UserError } from '../program/errors.ts';
import { scenario, type Parameters, type Scenario, type Step } from '../program/index.ts';
import { RandomWalk } from '../schedule/strategies/random.ts';
import { Exit, plural, type Io } from './io.ts';

/** An entry and, where it is a file that can be read, its text. */
export type ReadEntry = SysfsEntry & { readonly text?: string };

export interface SysfsExportOptions {
  readonly release: string;
  /** What is written before: `PATH=TEXT`, one after the other. */
  readonly write?: readonly string[];
}

/** `heddle sysfs-export`: the memory tree of a kernel as a folder, for `lsmem --sysroot FOLDER`. */
export function sysfsExportCommand(folder: string, options: SysfsExportOptions, io: Io): number {
  const release = makeRelease(options.release).name;
  const parameters = { release, bootBlocks: true };
  const entries = sysfsContents(parameters, function* (kernel) {
    for (const text of options.write ?? []) yield* writeOne(kernel, text);
  });
  exportSysfs(entries, folder);
  const files = entries.filter((entry) => entry.kind === 'file');
  io.out(`${plural(files.length, 'file')} in ${join(folder, sysfsRoot)}`);
  return Exit.asExpected;
}

function* writeOne(kernel: Kernel, text: string): Step {
  const [path = '', ...rest] = text.split('=');
  const result = yield* makeSysfs(kernel).write(path, rest.join('='));
  if (result < 0) throw new UserError(`\`--write ${text}\` is refused: ${resultName(result)}`);
}

/**
 * The tree of a kernel with the texts of its files.
 *
 * @param before - what is done to the kernel first, by one agent alone
 */
export function sysfsContents(
  parameters: Parameters,
  before: (kernel: Kernel) => Step<unknown>,
): readonly ReadEntry[] {
  const entries: ReadEntry[] = [];
  let problem: unknown = new Error('[internal] the agent that reads the tree did not end');
  const definition = scenario<Kernel>({
    name: 'sysfs-export',
    summary: 'one agent alone reads everything',
    source: 'sysfs-export',
    setup: makeKernel,
    agents: {
      *alone(kernel) {
        try {
          yield* before(kernel);
          yield* readAll(kernel, entries);
          problem = undefined;
        } catch (error) {
          problem = error;
        }
      },
    },
    variants: { only: { summary: 'as given', parameters } },
  });
  const program = instantiate(definition as Scenario, { variant: 'only', form: 'full' });
  new Coroutines(program).runAll(new RandomWalk({ seed: 1 }), 0, () => true);
  if (problem !== undefined) throw problem;
  return entries;
}

function* readAll(kernel: Kernel, entries: ReadEntry[]): Step {
  const sysfs = makeSysfs(kernel);
  for (const entry of yield* sysfs.tree()) {
    const text = entry.kind === 'file' ? yield* sysfs.read(entry.path) : undefined;
    entries.push(typeof text === 'string' ? { ...entry, text } : entry);
  }
}

/**
 * Writes a tree into a folder, below its `sys/devices/system` and `sys/module`, with modes and
 * links.
 *
 * @throws UserError if there is such a tree already
 */
export function exportSysfs(entries: readonly ReadEntry[], folder: string): void {
  const root = join(folder, sysfsRoot);
  if (existsSync(root)) throw new UserError(`there is a tree already: ${root}`);
  mkdirSync(root, { recursive: true });
  for (const entry of entries) {
    const path = join(entry.path.startsWith('/') ? folder : root, entry.path);
    if (entry.kind === 'directory') mkdirSync(path, { recursive: true });
    else if (entry.kind === 'link') symlinkSync(entry.target, path);
    else {
      writeFileSync(path, entry.text ?? '');
      chmodSync(path, entry.mode);
    }
  }
}
