import type { Finding } from './finding.ts';
import { child, nameOf, parse, walkNodes } from './source.ts';
import type { Node } from './source.ts';

const functionLinesMax = 70;
const functionTypes = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
]);
const testCalls = new Set(['describe', 'suite', 'test', 'it', 'before', 'after']);

/** A use of a global that is kept to a few files. */
export interface Ban {
  readonly object: string;
  /** The banned member; every member when undefined. */
  readonly member?: string;
  /** Why, and what to use in its place. */
  readonly reason: string;
}

/** A place where a ban does not hold: a file, or a folder with a slash at its end. */
export interface Allowance {
  readonly ban: string;
  readonly path: string;
  readonly reason: string;
}

export function banName(ban: Ban): string {
  return ban.member === undefined ? ban.object : `${ban.object}.${ban.member}`;
}

function calleeName(call: Node): string | undefined {
  let callee = child(call, 'callee');
  while (callee?.type === 'MemberExpression') callee = child(callee, 'object');
  return nameOf(callee);
}

/** Functions are at most 70 lines; in test/, the callback of a describe or a test may be longer. */
export function longFunctions(path: string, text: string): Finding[] {
  const source = parse(path, text);
  const findings: Finding[] = [];
  walkNodes(source.program, (node, parent) => {
    if (!functionTypes.has(node.type)) return;
    const inTestCall = parent?.type === 'CallExpression' && testCalls.has(calleeName(parent) ?? '');
    if (path.startsWith('test/') && inTestCall) return;
    const line = source.lineAt(node.start);
    const lines = source.lineAt(node.end) - line + 1;
    if (lines <= functionLinesMax) return;
    findings.push({
      path,
      line,
      message: `function of ${lines} lines, at most ${functionLinesMax}`,
    });
  });
  return findings;
}

/** The global that an expression names, directly or as a member of globalThis. */
function globalName(node: Node | undefined): string | undefined {
  if (node?.type !== 'MemberExpression') return nameOf(node);
  return nameOf(child(node, 'object')) === 'globalThis' ? memberName(node) : undefined;
}

function memberName(node: Node): string | undefined {
  const property = child(node, 'property');
  return node['computed'] === true && property?.type === 'Identifier' ? '?' : nameOf(property);
}

/** The members that `object.member`, `object[...]` or `const { member } = object` takes. */
function membersTaken(node: Node): { object: string | undefined; members: string[] } {
  if (node.type === 'MemberExpression') {
    return { object: globalName(child(node, 'object')), members: [memberName(node) ?? '?'] };
  }
  const pattern = node.type === 'VariableDeclarator' ? child(node, 'id') : undefined;
  if (pattern?.type !== 'ObjectPattern') return { object: undefined, members: [] };
  const properties = pattern['properties'] as Node[];
  const members = properties.map((property) => nameOf(child(property, 'key')) ?? '?');
  return { object: globalName(child(node, 'init')), members };
}

/** Uses of a banned global; comments, strings and types are not looked at. */
export function bannedUses(ban: Ban, path: string, text: string): Finding[] {
  const source = parse(path, text);
  const findings: Finding[] = [];
  walkNodes(source.program, (node) => {
    const { object, members } = membersTaken(node);
    if (object !== ban.object) return;
    for (const member of members) {
      if (ban.member !== undefined && member !== ban.member && member !== '?') continue;
      const line = source.lineAt(node.start);
      findings.push({ path, line, message: `${object}.${member}: ${ban.reason}` });
    }
  });
  return findings;
}

/** Whether the allowance lets the ban be broken in the file at `path`. */
export function isAllowed(allowance: Allowance, ban: Ban, path: string): boolean {
  if (allowance.ban !== banName(ban)) return false;
  return allowance.path.endsWith('/') ? path.startsWith(allowance.path) : path === allowance.path;
}
