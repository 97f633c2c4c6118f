import type { Invariant } from '../program/index.ts';
import type { Kernel } from './kernel.ts';
import { usablePages } from './memmap-on-memory.ts';
import type { MemoryBlock } from './memory-block.ts';
import { State } from './memory-state.ts';
import type { Pgdat } from './pgdat.ts';
import { bootPages, ZoneIndex } from './zone.ts';

/** Pages of a node that should be present: the memory of the boot and its online blocks. */
function presentPagesOf(kernel: Kernel, { nid }: Pgdat): number {
  const online = kernel.memoryBlocks.filter(
    (block) => block.physicalNid === nid && block.state.peek() === State.online,
  );
  return (nid === 0 ? bootPages : 0) + online.length * usablePages(kernel);
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
