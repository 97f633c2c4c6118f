import type { PairNumbers } from '../pair-numbers.ts';

/**
 * The strongly connected parts of a graph (Tarjan, 1972), without recursion: for each vertex the
 * number of its part. Vertices that lie on no cycle have -1.
 *
 * @param vertices - how many; they are numbered from 0
 * @param edges - from one vertex to another
 */
export function strongParts(vertices: number, edges: PairNumbers): Int32Array {
  const { starts, targets } = byStart(vertices, edges);
  const parts = new Int32Array(vertices).fill(-1);
  const order = new Int32Array(vertices).fill(-1);
  const low = new Int32Array(vertices);
  /** Where the walk is among each vertex's edges. */
  const next = starts.slice(0, vertices);
  const isOpen = new Uint8Array(vertices);
  const stack: number[] = [];
  const path: number[] = [];
  let visited = 0;
  let count = 0;
  const enter = (vertex: number): void => {
    order[vertex] = low[vertex] = visited++;
    isOpen[vertex] = 1;
    stack.push(vertex);
    path.push(vertex);
  };
  const leave = (vertex: number): void => {
    if (low[vertex] !== order[vertex]) return;
    const part = stack.splice(stack.lastIndexOf(vertex));
    for (const one of part) isOpen[one] = 0;
    if (part.length === 1 && !hasLoop(vertex, starts, targets)) return;
    for (const one of part) parts[one] = count;
    count++;
  };
  for (let root = 0; root < vertices; root++) {
    if (order[root] !== -1 || starts[root] === starts[root + 1]) continue;
    enter(root);
    while (path.length > 0) {
      const vertex = path[path.length - 1]!;
      const at = next[vertex]!;
      if (at === starts[vertex + 1]) {
        path.pop();
        leave(vertex);
        const above = path[path.length - 1];
        if (above !== undefined) low[above] = Math.min(low[above]!, low[vertex]!);
        continue;
      }
      next[vertex] = at + 1;
      const target = targets[at]!;
      if (order[target] === -1) enter(target);
      else if (isOpen[target] === 1) low[vertex] = Math.min(low[vertex]!, order[target]!);
    }
  }
  return parts;
}

function byStart(
  vertices: number,
  edges: PairNumbers,
): { starts: Int32Array; targets: Int32Array } {
  const starts = new Int32Array(vertices + 1);
  for (let edge = 0; edge < edges.size; edge++) {
    const after = edges.first(edge) + 1;
    starts[after] = starts[after]! + 1;
  }
  for (let vertex = 0; vertex < vertices; vertex++) {
    starts[vertex + 1] = starts[vertex + 1]! + starts[vertex]!;
  }
  const targets = new Int32Array(edges.size);
  const at = starts.slice();
  for (let edge = 0; edge < edges.size; edge++) {
    const start = edges.first(edge);
    targets[at[start]!] = edges.second(edge);
    at[start] = at[start]! + 1;
  }
  return { starts, targets };
}

function hasLoop(vertex: number, starts: Int32Array, targets: Int32Array): boolean {
  for (let at = starts[vertex]!; at < starts[vertex + 1]!; at++) {
    if (targets[at] === vertex) return true;
  }
  return false;
}
