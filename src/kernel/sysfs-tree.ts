import type { Step } from '../program/index.ts';
import { cpuAttributes, cpuHotplugAttributes } from './cpu-attributes.ts';
import type { Device } from './device.ts';
import { EACCES, EISDIR, ENOENT } from './errno.ts';
import type { Kernel } from './kernel.ts';
import { blockAttributes, memoryAttributes, type SysfsAttribute } from './sysfs-attributes.ts';
import { sysfsWrite } from './sysfs.ts';

/** Where all paths of the tree begin. */
export const sysfsRoot = '/sys/devices/system/';

/** A line of a directory listing; paths are below {@link sysfsRoot}. */
export type SysfsEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** /sys/devices/system as a program of user space sees it; paths with or without `sysfsRoot`. */
export interface Sysfs {
  /** open(2) and read(2): the whole text, or a negated error number. */
  read(path: string): Step<string | number>;
  /** open(2) and write(2): the bytes taken, or a negated error number. */
  write(path: string, text: string): Step<number>;
  /** `find /sys/devices/system -ls`, by path. */
  tree(): Step<readonly SysfsEntry[]>;
}

/** A file and the device that it goes away with, if there is one. */
interface Place {
  readonly path: string;
  readonly attribute: SysfsAttribute;
  readonly device: Pick<Device, 'onBus'> | undefined;
}

/** The file system of a kernel. All releases. */
export function makeSysfs(kernel: Kernel): Sysfs {
  const places = placesOf(kernel);
  return {
    read: (path) => readFile(kernel, places, path),
    write: (path, text) => writeFile(kernel, places, path, text),
    tree: () => listTree(kernel, places),
  };
}

function placesOf(kernel: Kernel): readonly Place[] {
  const place =
    (folder: string, device?: Pick<Device, 'onBus'>) => (attribute: SysfsAttribute) => ({
      path: `${folder}/${attribute.name}`,
      attribute,
      device,
    });
  return [
    ...memoryAttributes(kernel).map(place('memory')),
    ...[...kernel.bootBlocks, ...kernel.memoryBlocks].flatMap((block) =>
      blockAttributes(block).map(place(`memory/${block.name}`, block)),
    ),
    ...[kernel.bootCpu, ...kernel.cpus].flatMap((cpu) => [
      ...cpuAttributes(cpu).map(place(`cpu/${cpu.name}`, cpu)),
      ...cpuHotplugAttributes(cpu).map(place(`cpu/${cpu.name}/hotplug`, cpu.hotplugFolder)),
    ]),
  ];
}

/** Finds a file that is there now; what stands for it otherwise, such as -ENOENT. */
function* lookUp(places: readonly Place[], path: string): Step<Place | number> {
  const name = path.startsWith(sysfsRoot) ? path.slice(sysfsRoot.length) : path;
  const isFolder = places.find((place) => place.path.startsWith(`${name}/`));
  const found = places.find((place) => place.path === name) ?? isFolder;
  if (found === undefined) return -ENOENT;
  if (found.device !== undefined && (yield* found.device.onBus.load()) === 0) return -ENOENT;
  return found === isFolder ? -EISDIR : found;
}

/**
 * open() and seq_read() of an attribute. All releases. Not even root may read what is not readable.
 *
 * Lock order: the active reference (by try), then what the show callback takes. Only files that
 * can be written have a reference in the model: a remover does not wait for readers of others.
 */
function* readFile(kernel: Kernel, places: readonly Place[], path: string): Step<string | number> {
  const place = yield* lookUp(places, path);
  if (typeof place === 'number') return place;
  const { show } = place.attribute;
  if (show === undefined) return -EACCES;
  const file = kernel.files.get(shortPath(place.path));
  if (file === undefined) return yield* show(kernel);
  // Gone between the look and here, which is still before the file is open.
  if (!(yield* file.active.tryAcquire())) return -ENOENT;
  try {
    return yield* show(kernel);
  } finally {
    yield* file.active.release();
  }
}

/** open() and write(). All releases. Lock order: as in `sysfsWrite`. */
function* writeFile(
  kernel: Kernel,
  places: readonly Place[],
  path: string,
  text: string,
): Step<number> {
  const place = yield* lookUp(places, path);
  if (typeof place === 'number') return place;
  if ((place.attribute.mode & 0o200) === 0) return -EACCES;
  return yield* sysfsWrite(kernel, shortPath(place.path), text);
}

/** As `kernel.files` names it. */
function shortPath(path: string): string {
  return path.replace(/^(memory|cpu)\//, '');
}

/** All that is there now. Takes no lock: what comes or goes meanwhile is listed or not. */
function* listTree(kernel: Kernel, places: readonly Place[]): Step<readonly SysfsEntry[]> {
  const entries: SysfsEntry[] = ['cpu', 'memory', 'node'].map(directory);
  for (const { nid, online } of kernel.pgdats) {
    if ((yield* online.load()) !== 0) entries.push(directory(`node/node${nid}`));
  }
  for (const block of [...kernel.bootBlocks, ...kernel.memoryBlocks]) {
    if ((yield* block.onBus.load()) === 0) continue;
    const path = `memory/${block.name}`;
    entries.push(directory(path), link(`${path}/subsystem`, '../../../../bus/memory'));
    const nid = yield* block.nid.read();
    if (nid < 0) continue;
    entries.push(link(`${path}/node${nid}`, `../../node/node${nid}`));
    entries.push(link(`node/node${nid}/${block.name}`, `../../memory/${block.name}`));
  }
  for (const { name, onBus, hotplugFolder } of [kernel.bootCpu, ...kernel.cpus]) {
    if ((yield* onBus.load()) !== 0) entries.push(directory(`cpu/${name}`));
    const hasFolder = (yield* hotplugFolder.onBus.load()) !== 0;
    if (hasFolder) entries.push(directory(`cpu/${name}/hotplug`));
  }
  for (const { path, attribute, device } of places) {
    if (device !== undefined && (yield* device.onBus.load()) === 0) continue;
    entries.push({ kind: 'file', path, mode: attribute.mode });
  }
  return entries.sort((one, other) => (one.path < other.path ? -1 : 1));
}

function directory(path: string): SysfsEntry {
  return { kind: 'directory', path, mode: 0o755 };
}

function link(path: string, target: string): SysfsEntry {
  return { kind: 'link', path, target };
}

/** A line as `ls -l` begins it: `-rw-r--r-- memory/memory32/state`. */
export function entryText(entry: SysfsEntry): string {
  if (entry.kind === 'link') return `lrwxrwxrwx ${entry.path} -> ${entry.target}`;
  const { mode } = entry;
  const bits = 'rwxrwxrwx'.replace(/./g, (letter, at: number) =>
    (mode & (0o400 >> at)) === 0 ? '-' : letter,
  );
  return `${entry.kind === 'directory' ? 'd' : '-'}${bits} ${entry.path}`;
}
