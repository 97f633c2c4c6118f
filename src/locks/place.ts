import type { Agent } from './agent.ts';
import { kindNames, LockKind, lineBytes, wordBytes, type LockKindWord } from './layout.ts';
import { LockError } from './lock-error.ts';

/** Whether somebody's kind stands in a word. */
function nameOf(word: number): string | undefined {
  return Object.hasOwn(kindNames, word) ? kindNames[word as LockKindWord] : undefined;
}

/** Checks that something of this many bytes can lie at an offset; the index of its first word. */
export function placeIn(
  buffer: SharedArrayBuffer,
  offset: number,
  bytes: number,
  kind: LockKindWord,
): number {
  const name = kindNames[kind];
  if (!(buffer instanceof SharedArrayBuffer)) {
    const given = Object.prototype.toString.call(buffer).slice(8, -1);
    throw new LockError('EINVAL', `${name}: expected a SharedArrayBuffer, got ${given}`);
  }
  if (!Number.isInteger(offset) || offset < 0 || offset % lineBytes !== 0) {
    const wanted = `a multiple of ${lineBytes}, 0 or more`;
    throw new LockError('EINVAL', `${name}: expected \`offset\` to be ${wanted}, got ${offset}`);
  }
  if (offset + bytes > buffer.byteLength) {
    throw new LockError(
      'EINVAL',
      `${name}: ${bytes} bytes at \`offset\` ${offset} do not fit into a buffer of ` +
        `${buffer.byteLength}`,
    );
  }
  return offset / wordBytes;
}

/** Marks what lies at a word; refuses if something else does. */
export function claim(words: Int32Array, index: number, kind: LockKindWord): void {
  const seen = Atomics.compareExchange(words, index, 0, kind);
  if (seen === 0 || seen === kind) return;
  const found = nameOf(seen) ?? 'no lock, but other data';
  throw new LockError(
    'EINVAL',
    `${kindNames[kind]}: at \`offset\` ${index * wordBytes} lies ${found}`,
  );
}

/** The first word of a lock that an agent attaches to. */
export function attach(agent: Agent, offset: number, bytes: number, kind: LockKindWord): number {
  const { words, table } = agent;
  const index = placeIn(words.buffer as SharedArrayBuffer, offset, bytes, kind);
  const end = table.offset + table.bytes;
  if (kind !== LockKind.agentTable && offset < end && offset + bytes > table.offset) {
    throw new LockError(
      'EINVAL',
      `${kindNames[kind]}: \`offset\` ${offset} lies in the agent table, which is at ` +
        `${table.offset} to ${end}`,
    );
  }
  claim(words, index, kind);
  return index;
}

/** Checks a number that all who attach must say alike, and notes it if this is the first. */
export function agree(
  words: Int32Array,
  index: number,
  value: number,
  kind: LockKindWord,
  option: string,
): void {
  const seen = Atomics.compareExchange(words, index, 0, value + 1);
  if (seen === 0 || seen === value + 1) return;
  throw new LockError(
    'EINVAL',
    `${kindNames[kind]}: expected \`${option}\` to be ${seen - 1}, as others said, got ${value}`,
  );
}

/** Checks an option that is a count. */
export function checkCount(name: string, option: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new LockError('EINVAL', `${name}: expected \`${option}\` to be 1 to ${max}, got ${value}`);
}
