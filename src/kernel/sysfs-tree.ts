import type { Step } from '../program/index.ts';
import { acpiDeviceName } from './acpi-files.ts';
import { cpuAttributes, cpuHotplugAttributes } from './cpu-attributes.ts';
import type { Device } from './device.ts';
import { EISDIR, ENOENT } from './errno.ts';
import type { Kernel } from './kernel.ts';
import type { MemoryBlock } from './memory-block.ts';
import { openFile, type OpenFile, type OpenMode } from './open-file.ts';
import type { SysfsAttribute } from './sysfs-attributes.ts';
import { sysfsMode } from './sysfs-file.ts';
import type { SysfsFile } from './sysfs.ts';

/** Where all paths of the tree begin that are not absolute. */
export const sysfsRoot = '/sys/devices/system/';

/** What stat(2) says of every attribute file, whatever its text. */
export const attributeSize = 4096;

/** A line of a directory listing; paths are below {@link sysfsRoot}, or absolute. */
export type SysfsEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly size: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** /sys as a program of user space sees it, as far as hotplug goes. */
export interface Sysfs {
  /** open(2), by a path with or without `sysfsRoot`. */
  open(path: string, mode: OpenMode): Step<OpenFile | number>;
  /** open(2) and read(2): the whole text, or a negated error number. */
  read(path: string): Step<string | number>;
  /** open(2) and write(2): the bytes taken, or a negated error number. */
  write(path: string, text: string): Step<number>;
  /** `find /sys/devices/system /sys/module -ls`, by path. */
  tree(): Step<readonly SysfsEntry[]>;
}

/** Of a device, whether it is there. */
type Owner = Pick<Device, 'onBus'>;

/** Where a file is found, and the device that it goes away with, if there is one. */
interface Place {
  readonly path: string;
  readonly mode: number;
  readonly file: SysfsFile;
  readonly device: Owner | undefined;
}

/** Where ACPI's devices lie, from a block's directory; one device a block, as DIMMs of one. */
const acpiFolder = '../../../LNXSYSTM:00/LNXSYBUS:00';

/** Of the module whose parameters the model has. */
const moduleFolders = ['', '/memory_hotplug', '/memory_hotplug/parameters'];

/** The file system of a kernel. All releases. */
export function makeSysfs(kernel: Kernel): Sysfs {
  const places = placesOf(kernel);
  const open = (path: string, mode: OpenMode): Step<OpenFile | number> =>
    openPath(kernel, places, path, mode);
  return {
    open,
    *read(path) {
      const opened = yield* open(path, 'read');
      return typeof opened === 'number' ? opened : yield* opened.read();
    },
    *write(path, text) {
      const opened = yield* open(path, 'write');
      return typeof opened === 'number' ? opened : yield* opened.write(text);
    },
    tree: () => listTree(kernel, places),
  };
}

function placesOf(kernel: Kernel): readonly Place[] {
  const place = (folder: string, device?: Owner) => (file: SysfsFile) => ({
    path: `${folder}/${file.path}`,
    mode: sysfsMode(file),
    file,
    device,
  });
  const ofAttribute = (folder: string, device: Owner) => (attribute: SysfsAttribute) => {
    const { name, mode, show } = attribute;
    const file = { ...kernel.files.get(`${folder}/${name}`)!, ...(show && { show }) };
    return { path: `cpu/${folder}/${name}`, mode, file, device };
  };
  return [
    ...kernel.moduleParameters.files.map(place('/sys/module')),
    ...kernel.memoryFiles.map(place('memory')),
    ...blocksOf(kernel).flatMap((block) => block.files.map(place('memory', block))),
    ...[kernel.bootCpu, ...kernel.cpus].flatMap((cpu) => [
      ...cpuAttributes(cpu).map(ofAttribute(cpu.name, cpu)),
      ...cpuHotplugAttributes(cpu).map(ofAttribute(`${cpu.name}/hotplug`, cpu.hotplugFolder)),
    ]),
  ];
}

function blocksOf(kernel: Kernel): readonly MemoryBlock[] {
  return [...kernel.bootBlocks, ...kernel.memoryBlocks];
}

/** The look-up of open(2). Lock order: as in `openFile`. */
function* openPath(
  kernel: Kernel,
  places: readonly Place[],
  path: string,
  mode: OpenMode,
): Step<OpenFile | number> {
  const name = path.startsWith(sysfsRoot) ? path.slice(sysfsRoot.length) : path;
  const place = places.find((one) => one.path === name);
  if (place !== undefined) return yield* openFile(kernel, place.file, place.mode, mode);
  const inside = places.find((one) => one.path.startsWith(`${name}/`));
  if (inside === undefined) return -ENOENT;
  if (inside.device !== undefined && (yield* inside.device.onBus.load()) === 0) return -ENOENT;
  // Nobody, root included, opens a directory for writing, and read(2) of one is refused.
  return -EISDIR;
}

/** All that is there now. Takes no lock: what comes or goes meanwhile is listed or not. */
function* listTree(kernel: Kernel, places: readonly Place[]): Step<readonly SysfsEntry[]> {
  const entries: SysfsEntry[] = ['cpu', 'memory', 'node'].map(directory);
  if (kernel.moduleParameters.files.length > 0) {
    entries.push(...moduleFolders.map((folder) => directory(`/sys/module${folder}`)));
  }
  for (const { nid, online } of kernel.pgdats) {
    if ((yield* online.load()) !== 0) entries.push(directory(`node/node${nid}`));
  }
  for (const block of blocksOf(kernel)) entries.push(...(yield* listBlock(kernel, block)));
  for (const { name, onBus, hotplugFolder } of [kernel.bootCpu, ...kernel.cpus]) {
    if ((yield* onBus.load()) !== 0) entries.push(directory(`cpu/${name}`));
    const hasFolder = (yield* hotplugFolder.onBus.load()) !== 0;
    if (hasFolder) entries.push(directory(`cpu/${name}/hotplug`));
  }
  for (const { path, mode, device } of places) {
    if (device !== undefined && (yield* device.onBus.load()) === 0) continue;
    entries.push({ kind: 'file', path, mode, size: attributeSize });
  }
  return entries.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/**
 * The directory of a block and the links that belong to it: to its bus, to its node and back, and,
 * of memory that the firmware has a device for, to that device (acpi_bind_one()).
 */
function* listBlock(kernel: Kernel, block: MemoryBlock): Step<readonly SysfsEntry[]> {
  if ((yield* block.onBus.load()) === 0) return [];
  const path = `memory/${block.name}`;
  const entries = [directory(path), link(`${path}/subsystem`, '../../../../bus/memory')];
  if ((yield* block.acpi.bound.read()) !== 0) {
    const { dimmBlocks } = kernel.configuration;
    const device = Math.floor(kernel.memoryBlocks.indexOf(block) / dimmBlocks);
    entries.push(link(`${path}/firmware_node`, `${acpiFolder}/${acpiDeviceName(device)}`));
  }
  const nid = yield* linkedNode(kernel, block);
  if (nid < 0) return entries;
  return [
    ...entries,
    link(`${path}/node${nid}`, `../../node/node${nid}`),
    link(`node/node${nid}/${block.name}`, `../../memory/${block.name}`),
  ];
}

/**
 * The node that a block is linked to, or -1: its mem->nid; in v3.19, which has no such field, the
 * node of its pages, as soon as all sections are there (register_mem_sect_under_node()).
 */
function* linkedNode({ release, configuration }: Kernel, block: MemoryBlock): Step<number> {
  if (!release.rangeJoinsZoneOnAdd) return yield* block.nid.read();
  const isWhole = (yield* block.sectionCount.read()) === configuration.sectionsPerBlock;
  return isWhole ? block.physicalNid : -1;
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
