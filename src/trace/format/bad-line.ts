import { UserError } from '../../program/errors.ts';

/** A line that is no event of its format: file, line, what is wrong, what would be right. */
export class BadLineError extends UserError {
  override name = 'BadLineError';
  readonly line: number;

  constructor(file: string, line: number, text: string) {
    super(`${file}:${line}: ${text}`);
    this.line = line;
  }
}

/** A piece of a line as a message shows it. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? '?');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
