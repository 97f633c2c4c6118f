import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One function on a stack of an agent's code. */
export interface Place {
  /** The function's name, `<anonymous>` if it has none. */
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Rooms whose functions are no news to a user; `kernel` is not one of them. */
const engineRooms = ['program', 'execute', 'check', 'trace', 'schedule', 'report', 'cli'];
const sourceRoot = fileURLToPath(new URL('../', import.meta.url));
const kernelFolder = `${sourceRoot}kernel/`;
const executeFolder = `${sourceRoot}execute/`;
const engineFolders = engineRooms.map((room) => `${sourceRoot}${room}/`);

/** Packages that Heddle runs on: agents may live in others. */
const ownDependencies = /\/node_modules\/(async-mutex|commander|piscina|tsx|valibot)\//;

/** The places of a stack that lie in agents' code, innermost first. */
export function placesOf(stack: string | undefined): Place[] {
  const places: Place[] = [];
  for (const line of (stack ?? '').split('\n')) {
    const match = /^\s+at (?:(.*) \()?((?:file:|\/|[A-Za-z]:\\)[^()]*):(\d+):(\d+)\)?$/.exec(line);
    if (match === null) continue;
    const file = match[2]!.startsWith('file:') ? fileURLToPath(match[2]!) : match[2]!;
    // Below the executor that resumed the agent there is nothing of the agent's.
    if (places.length > 0 && file.startsWith(executeFolder)) break;
    if (engineFolders.some((folder) => file.startsWith(folder))) continue;
    if (ownDependencies.test(file)) continue;
    const name = (match[1] ?? '<anonymous>')
      .replace(/^(async |new )/, '')
      .replace(/^(Object|Array)\./, '');
    places.push({ function: name, file, line: Number(match[3]), column: Number(match[4]) });
  }
  return places;
}

/** Whether a place lies in the kernel model, which a user's set-up calls and need not know. */
export function isOfKernelModel(place: Place): boolean {
  return place.file.startsWith(kernelFolder);
}

/** "file:line", from the working folder if the file lies in it. */
export function placeText(place: Place): string {
  return `${fileText(place.file)}:${place.line}`;
}

/** A file's path, or the path of its URL, from the working folder if the file lies in it. */
export function fileText(file: string): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const near = relative(process.cwd(), path);
  return near === '' || near.startsWith('..') ? path : near;
}
