import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { plainStyle } from '../../src/report/style.ts';
import { projectRoot } from '../tidy/tree.ts';

/** What a command did. */
export interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

const launcher = join(projectRoot, 'src', 'cli', 'heddle.mjs');

/** A folder for one test file, which goes when its tests are through. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-cli-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file into the folder; its path. */
export function put(folder: string, name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs the command line in this process, which is much faster than to launch another. */
export async function command(...args: string[]): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const status = await main(args, {
    style: plainStyle,
    progress: false,
    closed: new AbortController().signal,
    out: (text) => void out.push(`${text}\n`),
    err: (text) => void err.push(`${text}\n`),
  });
  return { status, out: out.join(''), err: err.join('') };
}

/** The command line in a process of its own. */
export interface Launched {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly output: () => string;
  /** Resolves as soon as its output matches, rejects if it ends before. */
  readonly says: (pattern: RegExp) => Promise<void>;
  /** Resolves when it has ended and its streams are read. */
  readonly ended: Promise<Outcome>;
}

/** Starts the launcher, as a user at a shell does. */
export function launch(args: readonly string[], folder: string = projectRoot): Launched {
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Outcome>((resolve) => {
    child.on('close', (status) => resolve({ status, out, err }));
  });
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => (pattern.test(out) ? resolve() : undefined);
      child.stdout.on('data', look);
      child.on('close', () => reject(new Error(`it ended without ${pattern}:\n${out}\n${err}`)));
      look();
    });
  return { child, output: () => out, says, ended };
}
