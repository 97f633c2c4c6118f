/** A vertex on the way down, and which of its successors come next. */
interface Frame {
  readonly vertex: number;
  readonly successors: Iterator<number>;
}

/**
 * The strongly connected parts of a graph (Tarjan, 1972), without recursion: for each vertex the
 * number of its part. Vertices that lie on no cycle have none.
 */
export function strongParts(graph: ReadonlyMap<number, ReadonlySet<number>>): Map<number, number> {
  const parts = new Map<number, number>();
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const waiting = new Set<number>();
  const none: ReadonlySet<number> = new Set();
  let count = 0;
  const enter = (vertex: number): Frame => {
    order.set(vertex, order.size);
    low.set(vertex, order.get(vertex)!);
    stack.push(vertex);
    waiting.add(vertex);
    return { vertex, successors: (graph.get(vertex) ?? none)[Symbol.iterator]() };
  };
  const leave = (vertex: number): void => {
    if (low.get(vertex) !== order.get(vertex)) return;
    const part = stack.splice(stack.lastIndexOf(vertex));
    for (const one of part) waiting.delete(one);
    if (part.length === 1 && graph.get(vertex)?.has(vertex) !== true) return;
    for (const one of part) parts.set(one, count);
    count++;
  };
  const lower = (vertex: number, to: number): void => {
    low.set(vertex, Math.min(low.get(vertex)!, to));
  };
  for (const root of graph.keys()) {
    if (order.has(root)) continue;
    const path = [enter(root)];
    while (path.length > 0) {
      const { vertex, successors } = path.at(-1)!;
      const { value, done } = successors.next();
      if (done === true) {
        path.pop();
        leave(vertex);
        if (path.length > 0) lower(path.at(-1)!.vertex, low.get(vertex)!);
      } else if (!order.has(value)) {
        path.push(enter(value));
      } else if (waiting.has(value)) {
        lower(vertex, order.get(value)!);
      }
    }
  }
  return parts;
}
