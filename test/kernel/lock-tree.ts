/** A lock that an operation takes, and what it takes while it holds it. */
export interface LockNode {
  readonly text: string;
  readonly inside: readonly LockNode[];
}

/** What one side has and the other has not, and why that is right. */
export interface Deviation {
  /** `model`: the model takes it and the transcription has it not; `kernel`: the other way. */
  readonly side: 'model' | 'kernel';
  /** Titles of the operations. */
  readonly operation: RegExp;
  /** The lock as it is printed. */
  readonly lock: RegExp;
  /** Only where one of the locks held around it reads so. */
  readonly under?: RegExp;
  /** Only where the lock taken just before it, at its level, reads so. */
  readonly after?: RegExp;
  readonly reason: string;
}

/** The operations of a text in the notation of `heddle lock-order`, by title. */
export function lockTrees(text: string): Map<string, readonly LockNode[]> {
  const trees = new Map<string, readonly LockNode[]>();
  let levels: LockNode[][] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (!line.startsWith(' ')) {
      levels = [[]];
      trees.set(line, levels[0]!);
      continue;
    }
    const depth = (line.length - line.trimStart().length) / 2;
    const [, name, times] = /^(.*?)(?: x (\d+))?$/.exec(line.trim())!;
    levels.length = depth;
    for (let count = Number(times ?? 1); count > 0; count--) {
      const inside: LockNode[] = [];
      levels[depth - 1]!.push({ text: name!, inside });
      levels[depth] = inside;
    }
  }
  return trees;
}

/** Back to lines, one a lock. */
export function lockLines(nodes: readonly LockNode[], indent = ''): string {
  return nodes
    .map(({ text, inside }) => `${indent}${text}\n${lockLines(inside, `${indent}  `)}`)
    .join('');
}

/** The tree without the locks of a deviation: what was inside of them stands in their place. */
export function without(
  nodes: readonly LockNode[],
  deviation: Deviation,
  onDropped: () => void,
  around: readonly string[] = [],
): readonly LockNode[] {
  let before = '';
  return nodes.flatMap((node) => {
    const { lock, under, after } = deviation;
    const inside = without(node.inside, deviation, onDropped, [...around, node.text]);
    const meant =
      lock.test(node.text) &&
      (under === undefined || around.some((text) => under.test(text))) &&
      (after === undefined || after.test(before));
    before = node.text;
    if (!meant) return [{ text: node.text, inside }];
    onDropped();
    return inside;
  });
}
