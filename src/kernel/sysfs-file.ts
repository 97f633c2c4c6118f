import type { ActiveRef, Arena, Step } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import type { SysfsFile } from './sysfs.ts';

/** What an attribute file does; see {@link SysfsFile}. */
export type SysfsCallbacks = Pick<SysfsFile, 'show' | 'store'>;

/**
 * Lays out an attribute file. Attributes of one name have one lock class, whatever their device, as
 * their static `struct attribute` is one lockdep key in the kernel.
 *
 * @param present - whether it is there when an execution begins
 */
export function makeSysfsFile(
  arena: Arena,
  path: string,
  callbacks: SysfsCallbacks,
  present = true,
): SysfsFile {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const active: ActiveRef = arena.activeRef(`${path}.active`, {
    class: `kn->active(${name})`,
    active: present,
  });
  return { path, active, ...callbacks };
}

/** What `ls -l` shows as its permissions. */
export function sysfsMode(file: SysfsFile): number {
  if (file.store === undefined) return 0o444;
  return file.show === undefined ? 0o200 : 0o644;
}

/** A show callback whose text never changes. */
export function constantText(text: string): (kernel: Kernel) => Step<string> {
  // eslint-disable-next-line require-yield -- a step that takes no operation
  return function* () {
    return text;
  };
}
