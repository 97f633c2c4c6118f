import type { Invariant } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { usablePages } from './memmap-on-memory.ts';
import type { MemoryBlock } from './memory-block.ts';
import { State } from './memory-state.ts';
import type { Pgdat } from './pgdat.ts';
import { bootPages, pagesPerBlock, ZoneIndex, type Zone } from './zone.ts';

/** Pages of blocks that count as present while they are online, struct pages in them included. */
function presentPagesOfBlocks(kernel: Kernel, blocks: readonly MemoryBlock[]): number {
  const { zoneIsChosenBeforeMemHotplugLock: countsVmemmap } = kernel.release;
  const pages = countsVmemmap ? pagesPerBlock : usablePages(kernel);
  return blocks.reduce((sum, { hole }) => sum + pages - (hole?.pages ?? 0), 0);
}

/** Blocks of a node that are online; those of the boot only where they are blocks. */
function onlineBlocks(kernel: Kernel, nid: number): MemoryBlock[] {
  const blocks = [...kernel.bootBlocks, ...kernel.memoryBlocks];
  return blocks.filter((block) => block.physicalNid === nid && block.state.peek() === State.online);
}

/** Pages of the boot that no block stands for, and so are always there. */
function fixedPages({ configuration }: Kernel, nid: number, zone?: string): number {
  if (nid !== 0 || configuration.bootBlocks) return 0;
  return zone === undefined || zone === configuration.bootZone ? bootPages : 0;
}

/** Pages of a node that should be present: the memory of the boot and its online blocks. */
function presentPagesOf(kernel: Kernel, { nid }: Pgdat): number {
  return fixedPages(kernel, nid) + presentPagesOfBlocks(kernel, onlineBlocks(kernel, nid));
}

/** Whether a zone counts the blocks that are online in it, and spans them. */
function zoneAgrees(kernel: Kernel, { nid, startPfn, spannedPages }: Pgdat, zone: Zone): boolean {
  const blocks = onlineBlocks(kernel, nid).filter(({ pageZone }) => pageZone.peek() === zone.index);
  const expected = fixedPages(kernel, nid, zone.name) + presentPagesOfBlocks(kernel, blocks);
  const start = zone.startPfn.peek();
  const end = start + zone.spannedPages.peek();
  const nodeEnd = startPfn.peek() + spannedPages.peek();
  return (
    zone.presentPages.peek() === expected &&
    zone.managedPages.peek() <= expected &&
    blocks.every((block) => spans(start, end, block)) &&
    (end === start || (start >= startPfn.peek() && end <= nodeEnd))
  );
}

function spans(start: number, end: number, { startPfn, hole }: MemoryBlock): boolean {
  return startPfn + (hole?.pages ?? 0) >= start && startPfn + pagesPerBlock <= end;
}

/** Whether what offlining switches off while it is at work is on again. */
function isAtRest(zone: Zone): boolean {
  return zone.isolatedPageblocks.peek() === 0 && zone.pcplistsOn.peek() === 1;
}

function agrees(block: MemoryBlock): boolean {
  return (block.offline.peek() === 1) === (block.state.peek() === State.offline);
}

/** Whether a node's bits in the node masks say what its zones hold. */
function masksAgree({ zones, hasMemory, hasNormalMemory }: Pgdat): boolean {
  const present = zones.map((zone) => zone.presentPages.peek());
  const normal = present[ZoneIndex.dma32]! + present[ZoneIndex.normal]!;
  const all = normal + present[ZoneIndex.movable]!;
  return (hasMemory.peek() === 1) === all > 0 && (hasNormalMemory.peek() === 1) === normal > 0;
}

/** What must be consistent once nobody is at work on memory any more, in every release. */
export const hotplugInvariants: readonly Invariant<Kernel>[] = [
  {
    name: 'zones and nodes count the pages of the online blocks as present',
    when: 'end',
    holds: (kernel) =>
      kernel.pgdats.every((pgdat) => {
        const expected = presentPagesOf(kernel, pgdat);
        const inZones = pgdat.zones.reduce((sum, zone) => sum + zone.presentPages.peek(), 0);
        return inZones === expected && pgdat.nodePresentPages.peek() === expected;
      }),
  },
  {
    name: 'each zone counts and spans the blocks that are online in it, and its node spans it',
    when: 'end',
    holds: (kernel) =>
      kernel.pgdats.every((pgdat) =>
        pgdat.zones.slice(0, ZoneIndex.device).every((zone) => zoneAgrees(kernel, pgdat, zone)),
      ),
  },
  {
    name: 'nothing is isolated, and lists of pages per CPU are in use',
    when: 'end',
    holds: ({ pgdats, lruDisableCount }) =>
      pgdats.every(({ zones }) => zones.every(isAtRest)) && lruDisableCount.peek() === 0,
  },
  {
    name: 'node_states say which nodes have memory',
    when: 'end',
    holds: ({ pgdats }) => pgdats.every(masksAgree),
  },
  {
    name: 'dev->offline agrees with mem->state',
    when: 'end',
    holds: ({ memoryBlocks }) => memoryBlocks.every(agrees),
  },
  {
    name: 'a block is online or offline, and its section flag says the same',
    when: 'end',
    holds: ({ memoryBlocks }) =>
      memoryBlocks.every((block) => {
        const state = block.state.peek();
        const online = block.sectionOnline.peek() === 1;
        return online ? state === State.online : state === State.offline;
      }),
  },
  {
    name: 'cpu_online_mask agrees with dev->offline, cpu_present_mask and the nodes',
    when: 'end',
    holds: ({ cpus, pgdats }) =>
      cpus.every(({ offline, online, present, nid }) => {
        if (online.peek() === 0) return offline.peek() === 1;
        const isThere = present.peek() === 1 && pgdats[nid]!.online.peek() === 1;
        return isThere && offline.peek() === 0;
      }),
  },
];
