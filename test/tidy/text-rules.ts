import { posix } from 'node:path';
import type { Finding } from './finding.ts';

const lineLengthMax = 100;
const fileLinesMax = 350;
const vagueNames = /^(utils?|helpers?|misc)\.(ts|mjs)$/;

// The pattern is assembled so that this file does not match it.
const machinePath = new RegExp(`(?<![\\w.~-])/(${['work', 'root'].join('|')})/`);

/** Lines are at most 100 characters, except one that a link makes longer. */
export function longLines(path: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, index) => {
    const length = line.length;
    if (length <= lineLengthMax || line.includes('https://')) return [];
    const message = `line of ${length} characters, at most ${lineLengthMax}`;
    return [{ path, line: index + 1, message }];
  });
}

/** Files are at most 350 lines, except data: a folder named data, or JSON. */
export function longFile(path: string, text: string): Finding[] {
  if (path.endsWith('.json') || path.split('/').includes('data')) return [];
  const lines = text.replace(/\n$/, '').split('\n').length;
  if (lines <= fileLinesMax) return [];
  return [{ path, line: lines, message: `file of ${lines} lines, at most ${fileLinesMax}` }];
}

/** A file is named after what is in it. */
export function vagueFileName(path: string): Finding[] {
  if (!vagueNames.test(posix.basename(path))) return [];
  return [{ path, line: 1, message: 'a file is named after the one noun in it' }];
}

/** A page opens with its title and has no other at that level; fenced code is not looked at. */
export function pageTitle(path: string, text: string): Finding[] {
  const titles: number[] = [];
  let firstLine: number | undefined;
  let isFenced = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(```|~~~)/.test(line)) isFenced = !isFenced;
    if (firstLine === undefined && line.trim() !== '') firstLine = index + 1;
    if (!isFenced && line.startsWith('# ')) titles.push(index + 1);
  }
  if (titles[0] === undefined || titles[0] !== firstLine) {
    return [{ path, line: firstLine ?? 1, message: 'a page starts with its title, `# ...`' }];
  }
  return titles.slice(1).map((line) => ({ path, line, message: 'a page has one title, `# ...`' }));
}

/** The project runs anywhere, so no text names a folder of the machine it was written on. */
export function machinePaths(path: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, index) => {
    const match = machinePath.exec(line);
    return match === null
      ? []
      : [{ path, line: index + 1, message: `names a folder of one machine: ${match[0]}` }];
  });
}
