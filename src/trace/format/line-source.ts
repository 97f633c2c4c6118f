import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { UserError } from '../../program/errors.ts';

const chunkBytes = 1 << 20;
/** A line that is longer is no trace. */
const lineLengthMax = 1 << 24;

/**
 * The lines of a file, one after the other and without their ends, so that a file may be larger
 * than memory.
 *
 * @throws UserError if the file cannot be read, or a line is too long
 */
export function* linesOf(path: string): Generator<string> {
  const handle = opened(path);
  const decoder = new StringDecoder('utf8');
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let rest = '';
  let line = 0;
  try {
    for (;;) {
      const size = readFrom(handle, chunk, path);
      const text = rest + (size === 0 ? decoder.end() : decoder.write(chunk.subarray(0, size)));
      let from = 0;
      for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
        line++;
        yield text.slice(from, to);
        from = to + 1;
      }
      rest = text.slice(from);
      if (rest.length > lineLengthMax) {
        throw new UserError(
          `${path}:${line + 1}: the line is longer than ${lineLengthMax} characters; ` +
            'a trace has one event a line',
        );
      }
      if (size === 0) break;
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(handle);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new UserError(`${path}: cannot be read: ${reason(error)}`);
  }
}

function readFrom(handle: number, chunk: Buffer, path: string): number {
  try {
    return readSync(handle, chunk, 0, chunk.length, null);
  } catch (error) {
    throw new UserError(`${path}: cannot be read: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'EACCES') return 'permission denied';
  return code ?? String(error);
}
