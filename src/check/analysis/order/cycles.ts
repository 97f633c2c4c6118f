import { Mode } from '../../../trace/format/operation.ts';
import type { TraceNames } from '../../../trace/format/trace-names.ts';
import type { AnalysisFindings, CountedFinding } from '../analysis-finding.ts';
import type { LockClass } from '../lock-classes.ts';
import type { DependencySite, Edge } from './dependency-graph.ts';
import { columns, edgeLines, lockCell, siteOf } from './order-text.ts';
import type { LockDependencies } from './lock-dependency.ts';

/** A cycle of the order graph, as it was met. */
interface Cycle {
  /** Class by class: each was wanted while the one before it was held. */
  readonly classes: readonly LockClass[];
  /** The site of each edge; the last one closed the cycle. */
  readonly sites: readonly DependencySite[];
  readonly held: readonly string[];
  count: number;
}

/**
 * Cycles of the order graph. Whether a common lock keeps the agents of a cycle apart is known only
 * at the end of the trace: a later event may break the order without that lock.
 */
export class Cycles {
  private readonly names: TraceNames;
  private readonly cycles = new Map<string, Cycle>();

  constructor(names: TraceNames) {
    this.names = names;
  }

  get size(): number {
    return this.cycles.size;
  }

  /**
   * @param path - edges from the wanted class to the held one
   * @param closing - the site of the dependency that closes the cycle
   * @returns what the same cycle is counted with
   */
  add(
    classes: readonly LockClass[],
    path: readonly { edge: Edge; kinds: number }[],
    closing: DependencySite,
    held: readonly string[],
  ): string {
    const key = rotated(classes.map(({ name }) => name)).join('\n');
    const known = this.cycles.get(key);
    if (known !== undefined) {
      known.count++;
      return key;
    }
    const sites = [...path.map(({ edge, kinds }) => siteOf(edge, kinds)), closing];
    this.cycles.set(key, { classes, sites, held, count: 1 });
    return key;
  }

  again(key: string): void {
    const known = this.cycles.get(key);
    if (known !== undefined) known.count++;
  }

  report(findings: AnalysisFindings, dependencies: LockDependencies): void {
    for (const [key, cycle] of this.cycles) {
      const guards = dependencies.guardsOf(cycle.classes.map(({ number }) => number));
      const { sites, classes } = cycle;
      const chain = [...classes, classes[0]!].map(({ name }) => name).join(' -> ');
      const counted: CountedFinding = findings.add(
        {
          kind: 'lock-inversion',
          level: guards === undefined ? 'possible' : 'guarded',
          title: `possible circular locking dependency: ${chain}`,
          agents: [...new Set(sites.map(({ agent }) => agent))],
          locks: [...new Set(sites.flatMap(({ held, lock }) => [held, lock]))],
          words: [],
          lines: [...new Set(sites.flatMap(({ heldLine, line }) => [heldLine, line]))].sort(
            (one, other) => one - other,
          ),
          text: this.text(cycle, guards),
        },
        key.split('\n'),
      );
      counted.count = cycle.count;
    }
  }

  private text(cycle: Cycle, guards: readonly number[] | undefined): string[] {
    const { names } = this;
    const closing = cycle.sites.at(-1)!;
    const [first, ...rest] = edgeLines(names, closing);
    const lines = [
      `${first!.replace(' took ', ' is trying to acquire ')}`,
      ...rest.map((line) => line.replace('while holding', 'but already holds')),
      'the existing order is the other way round:',
    ];
    for (const [index, site] of cycle.sites.slice(0, -1).entries()) {
      const [took, holding] = edgeLines(names, site);
      lines.push(`-> #${index} ${took!}`, `      ${holding!.trim()}`);
    }
    const agents = new Set(cycle.sites.map(({ agent }) => agent));
    lines.push('');
    if (guards !== undefined) {
      const list = guards.map((guard) => names.lockName(guard)).join(' and ');
      lines.push(`All sides hold ${list}: while they do, this cannot deadlock. Without it:`);
    } else if (agents.size === 1) {
      lines.push('One agent did all of it. Others that do the same could deadlock:');
    } else {
      lines.push('Possible unsafe locking scenario:');
    }
    lines.push('', ...this.scenario(cycle), '', ...cycle.held);
    return lines;
  }

  /**
   * First every side takes its first lock, then every side asks for the next one's. Where a reader
   * would wait behind a reader a writer comes in between.
   */
  private scenario(cycle: Cycle): string[] {
    const { classes, sites } = cycle;
    const next = (index: number): number => (index + 1) % classes.length;
    const sides = sites.map((site, index) => ({
      agent: this.names.agentName(site.agent),
      first: lockCell(classes[index]!, site.heldMode),
      second: lockCell(classes[next(index)]!, site.mode),
      writer: site.mode !== Mode.write && sites[next(index)]!.heldMode !== Mode.write,
    }));
    const titles = sides.map(({ agent }) => agent);
    const cell = (text: string, column: number): string[] => {
      const cells = titles.map(() => '');
      cells[column] = text;
      return cells;
    };
    const writers = sides.flatMap(({ writer }, index) => {
      if (!writer) return [];
      const column = titles.push('a writer') - 1;
      return [cell(lockCell(classes[next(index)]!, Mode.write), column)];
    });
    return columns(titles, [
      ...sides.map(({ first }, column) => cell(first, column)),
      ...writers,
      ...sides.map(({ second }, column) => cell(second, column)),
      ['*** DEADLOCK ***'],
    ]);
  }
}

/** A cycle from its least name on, so that it does not matter where it was entered. */
function rotated(texts: readonly string[]): string[] {
  let best = 0;
  for (let at = 1; at < texts.length; at++) if (texts[at]! < texts[best]!) best = at;
  return [...texts.slice(best), ...texts.slice(0, best)];
}
