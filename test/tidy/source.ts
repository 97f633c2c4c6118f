import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';

/** A syntax node, as far as the rules look into it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Source {
  readonly path: string;
  readonly program: Node;
  lineAt(offset: number): number;
}

export type Visit = (node: Node, parent: Node | undefined) => void;

/** Parses TypeScript or JavaScript; a syntax error throws, since no rule can judge such a file. */
export function parse(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: does not parse: ${error.message}`);
  const lineEnds: number[] = [];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineEnds.push(at);
  return {
    path,
    program: program as unknown as Node,
    lineAt: (offset) => 1 + lineEnds.filter((end) => end < offset).length,
  };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** Calls `visit` for the node and all below it, parents first. */
export function walkNodes(node: Node, visit: Visit, parent?: Node): void {
  visit(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walkNodes(child, visit, node);
    }
  }
}

export function child(node: Node, field: string): Node | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

/** The name of an identifier, the text of a string literal, undefined for anything else. */
export function nameOf(node: Node | undefined): string | undefined {
  if (node?.type === 'Identifier') return node['name'] as string;
  const value = node?.type === 'Literal' ? node['value'] : undefined;
  return typeof value === 'string' ? value : undefined;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

const importing = new Set([
  'ImportDeclaration',
  'ExportAllDeclaration',
  'ExportNamedDeclaration',
  'ImportExpression',
  'TSImportType',
]);

/** Every import with a literal specifier: static, re-exporting, dynamic, and of a type. */
export function importsOf(source: Source): Import[] {
  const imports: Import[] = [];
  walkNodes(source.program, (node) => {
    if (!importing.has(node.type)) return;
    const literal = child(node, 'source') ?? child(node, 'argument');
    const specifier = nameOf(
      literal?.type === 'TSLiteralType' ? child(literal, 'literal') : literal,
    );
    if (specifier !== undefined) imports.push({ specifier, line: source.lineAt(node.start) });
  });
  return imports;
}

/** Every string that reads as a relative path: `new URL('./x.ts', ...)` starts a worker. */
export function relativeStringsOf(source: Source): string[] {
  const strings: string[] = [];
  walkNodes(source.program, (node) => {
    const text = node.type === 'Literal' ? nameOf(node) : undefined;
    if (text !== undefined && isRelative(text)) strings.push(text);
  });
  return strings;
}

export function isRelative(specifier: string): boolean {
  return specifier.startsWith('./') || specifier.startsWith('../');
}

/** The project path that a relative specifier in the file at `path` means. */
export function resolveFrom(path: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(path), specifier));
}
