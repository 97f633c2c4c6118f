import type { Finding } from './finding.ts';

/** Sets that are remembered. */
const setsMax = 4096;

/** Chains of locks, and what an execution shows that has been through just them. */
interface KnownSet {
  readonly nodes: Int32Array;
  readonly findings: readonly Finding[];
}

/**
 * Which chains of locks an execution went through says which cycles and recursions it shows: an
 * execution that went through the same ones as an earlier one shows what that showed, and it need
 * not be worked out again.
 *
 * The findings are those of the earlier execution: of the same locks and agents, but with its
 * events.
 */
export class KnownCycles {
  /** By the sum of the nodes' hashes. */
  private readonly sets = new Map<number, KnownSet>();

  clear(): void {
    this.sets.clear();
  }

  /**
   * What an execution shows that went through these chains.
   *
   * @param nodes - each once, in any order
   * @param stamps - by node: `run` for those in `nodes`, and for no others
   */
  shown(
    nodes: Int32Array,
    count: number,
    stamps: Int32Array,
    run: number,
  ): readonly Finding[] | undefined {
    const known = this.sets.get(sumOf(nodes, count));
    if (known?.nodes.length !== count) return undefined;
    for (let i = 0; i < count; i++) if (stamps[known.nodes[i]!] !== run) return undefined;
    return known.findings;
  }

  /** The execution that went through these chains showed this; each key is kept once. */
  learn(nodes: Int32Array, count: number, said: readonly Finding[]): void {
    if (this.sets.size >= setsMax) this.sets.clear();
    const byKey = new Map(said.map((finding) => [finding.key, finding]));
    const findings = [...byKey.values()];
    this.sets.set(sumOf(nodes, count), { nodes: nodes.slice(0, count), findings });
  }
}

function sumOf(nodes: Int32Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum = (sum + Math.imul(nodes[i]! + 1, 0x9e3779b1)) | 0;
  return sum;
}
