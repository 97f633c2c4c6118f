import { describe, test } from 'node:test';
import { bannedUses, banName, isAllowed, longFunctions } from './tidy/code-rules.ts';
import type { Allowance, Ban } from './tidy/code-rules.ts';
import { expectNone } from './tidy/finding.ts';
import type { FileRule, Finding } from './tidy/finding.ts';
import { unreachedFiles } from './tidy/reach.ts';
import { longFile, longLines, machinePaths, pageTitle, vagueFileName } from './tidy/text-rules.ts';
import { isCode, isProduct, readTree } from './tidy/tree.ts';

const bans: readonly Ban[] = [
  { object: 'Math', member: 'random', reason: 'a run is a function of its seed: use the own PRNG' },
  { object: 'Date', member: 'now', reason: 'time is virtual under control' },
  { object: 'performance', member: 'now', reason: 'time is virtual under control' },
  { object: 'Atomics', reason: 'agents use operations; raw Atomics belong to executors and locks' },
];

const consoleBan: Ban = {
  object: 'console',
  member: 'log',
  reason: 'output goes through a stream that was handed in',
};

/** Where a ban does not hold, and why. A row that is no longer needed is an error too. */
const allowances: readonly Allowance[] = [
  {
    ban: 'Atomics',
    path: 'src/execute/',
    reason: 'executors park and wake threads, and capture the pristine Atomics',
  },
  {
    ban: 'Atomics',
    path: 'src/locks/',
    reason: 'they are the locks',
  },
  {
    ban: 'performance.now',
    path: 'src/locks/clock.ts',
    reason: 'looked up at each call, so that who controls time can stand in',
  },
  {
    ban: 'Math.random',
    path: 'src/execute/controlled-globals.ts',
    reason: 'puts seeded numbers in its place while agents run',
  },
  {
    ban: 'Date.now',
    path: 'src/execute/controlled-globals.ts',
    reason: 'puts virtual time in its place while agents run',
  },
  {
    ban: 'performance.now',
    path: 'src/execute/controlled-globals.ts',
    reason: 'puts virtual time in its place while agents run',
  },
  {
    ban: 'performance.now',
    path: 'src/execute/clock.ts',
    reason: 'the one real clock, taken before it can be replaced',
  },
  {
    ban: 'Math.random',
    path: 'src/execute/atomics/thread-clock.ts',
    reason: "puts the thread's own in its place while it is under control",
  },
  {
    ban: 'Math.random',
    path: 'src/execute/atomics/pristine.ts',
    reason: "keeps the platform's own for the engine, before anything stands in its place",
  },
  {
    ban: 'Date.now',
    path: 'src/execute/atomics/thread-clock.ts',
    reason: "puts the thread's own in its place while it is under control",
  },
  {
    ban: 'Date.now',
    path: 'src/execute/atomics/pristine.ts',
    reason: "keeps the platform's own for the engine, before anything stands in its place",
  },
  {
    ban: 'performance.now',
    path: 'src/execute/atomics/thread-clock.ts',
    reason: "puts the thread's own in its place while it is under control",
  },
  {
    ban: 'performance.now',
    path: 'src/execute/atomics/pristine.ts',
    reason: "keeps the platform's own for the engine, before anything stands in its place",
  },
];

const tree = readTree();

function judge(paths: (path: string) => boolean, rule: FileRule): Finding[] {
  return [...tree].flatMap(([path, text]) => (paths(path) ? rule(path, text) : []));
}

function uses(ban: Ban, paths: (path: string) => boolean): Finding[] {
  return judge(paths, (path, text) => bannedUses(ban, path, text));
}

function isAllowedIn(ban: Ban, path: string): boolean {
  return allowances.some((allowance) => isAllowed(allowance, ban, path));
}

describe('tidy', () => {
  test('no line is longer than 100 characters', () => {
    expectNone(judge(isCode, longLines));
  });

  test('no file is longer than 350 lines', () => {
    expectNone(judge(isCode, longFile));
  });

  test('no function is longer than 70 lines', () => {
    expectNone(judge(isCode, longFunctions));
  });

  test('no file has a name that says nothing', () => {
    expectNone(judge(isCode, vagueFileName));
  });

  for (const ban of bans) {
    test(`nothing that ships uses ${banName(ban)} where it is banned`, () => {
      expectNone(uses(ban, (path) => isProduct(path) && !isAllowedIn(ban, path)));
    });
  }

  test('nothing in src uses console.log', () => {
    expectNone(uses(consoleBan, (path) => isProduct(path) && path.startsWith('src/')));
  });

  test('every allowance is still needed', () => {
    const unused = allowances.filter((allowance) =>
      bans.every(
        (ban) =>
          uses(ban, (path) => isProduct(path) && isAllowed(allowance, ban, path)).length === 0,
      ),
    );
    expectNone(
      unused.map(({ ban, path }) => ({ path, line: 1, message: `nothing here uses ${ban}` })),
    );
  });

  test('an entry leads to every file in src', () => {
    expectNone(unreachedFiles(new Map([...tree].filter(([path]) => isProduct(path)))));
  });

  test('every page has one title and starts with it', () => {
    expectNone(judge((path) => path.endsWith('.md'), pageTitle));
  });

  test('no text names a folder of the machine it was written on', () => {
    expectNone(judge(() => true, machinePaths));
  });
});
