import { styleFor, type Style } from '../report/style.ts';

/** Exit statuses: part of the command line's interface. */
export const Exit = {
  asExpected: 0,
  findings: 1,
  badInput: 2,
  internal: 3,
  interrupted: 130,
  /** Nobody reads the output any more, as in `| head -1`. */
  outputClosed: 141,
} as const;

/** Where a command writes to: handed in, so that tests and the tour can listen. */
export interface Io {
  readonly style: Style;
  /** Whether a progress line may be drawn. */
  readonly progress: boolean;
  /** Aborted when nobody reads the output any more. */
  readonly closed: AbortSignal;
  out(text: string): void;
  err(text: string): void;
}

/** The process's own streams. */
export function processIo(): Io {
  const closing = new AbortController();
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closing.abort();
  });
  return {
    style: styleFor(process.stdout),
    progress: process.stderr.isTTY === true && process.env['CI'] === undefined,
    closed: closing.signal,
    out: (text) => {
      if (!closing.signal.aborted) process.stdout.write(`${text}\n`);
    },
    err: (text) => void process.stderr.write(`${text}\n`),
  };
}

/** The same without a progress line, where the command line asks for quiet or for JSON. */
export function withoutProgress(io: Io, options: { quiet?: boolean; json?: boolean }): Io {
  return options.quiet === true || options.json === true ? { ...io, progress: false } : io;
}

/** A line on stderr that is drawn over and over, on a terminal only. */
export class StatusLine {
  private readonly io: Io;
  private drawn = false;

  constructor(io: Io) {
    this.io = io;
  }

  draw(text: string): void {
    if (!this.io.progress) return;
    const width = process.stderr.columns ?? 80;
    process.stderr.write(`\r\u001b[K${text.slice(0, width - 1)}`);
    this.drawn = true;
  }

  clear(): void {
    if (this.drawn) process.stderr.write('\r\u001b[K');
    this.drawn = false;
  }
}

/** 12345 as "12,345". */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Things and their number: "1 finding", "2 findings". */
export function plural(value: number, thing: string): string {
  return `${count(value)} ${thing}${value === 1 ? '' : 's'}`;
}
