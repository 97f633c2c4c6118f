import type { Finding } from './finding.ts';
import { importsOf, isRelative, parse, resolveFrom } from './source.ts';

/** The rooms of the engine, from the top down: each may import itself and those after it. */
const rooms = ['cli', 'report', 'schedule', 'execute', 'check', 'trace', 'program'];

/** What a part may import beside itself; undefined when the rule does not know the part. */
function importableFrom(part: string): readonly string[] | undefined {
  const engine = rooms.map((room) => `src/${room}`);
  const level = rooms.indexOf(part.replace(/^src\//, ''));
  switch (part) {
    case 'src/index':
      return [...engine, 'src/kernel', 'scenarios'];
    case 'src/cli':
      return [...engine, 'src/kernel', 'scenarios'];
    case 'src/kernel':
      return ['src/program'];
    case 'src/locks':
      return [];
    case 'src/execute':
      return [...engine.slice(level), 'src/locks'];
    case 'workers':
      return ['src/program', 'src/kernel'];
    case 'workers/entry':
      return ['src/program', 'src/kernel', 'src/execute', 'src/schedule', 'workers'];
    case 'scenarios':
      return ['src/program', 'src/kernel', 'workers'];
    default:
      return part.startsWith('src/') && level !== -1 ? engine.slice(level) : undefined;
  }
}

/** The part of the project that a file belongs to. */
export function partOf(path: string): string {
  if (path === 'src/index.ts') return 'src/index';
  const [top = '', second = ''] = path.split('/');
  if (top === 'workers' && (/^entry-.*\.ts$/.test(second) || path.endsWith('.mjs'))) {
    return 'workers/entry';
  }
  return top === 'src' ? `src/${second}` : top;
}

/** Imports that run upward or sideways, and relative imports without their extension. */
export function wrongImports(path: string, text: string): Finding[] {
  const from = partOf(path);
  const importable = importableFrom(from);
  if (importable === undefined) {
    return [{ path, line: 1, message: `${from} is no room: name it in the import rule` }];
  }
  return importsOf(parse(path, text)).flatMap(({ specifier, line }) => {
    if (!isRelative(specifier)) return [];
    if (!/\.(ts|mjs|json)$/.test(specifier)) {
      return [{ path, line, message: `import '${specifier}' without the extension of the file` }];
    }
    const to = partOf(resolveFrom(path, specifier));
    if (to === from || importable.includes(to)) return [];
    return [{ path, line, message: `${from} may not import ${to}: imports run downward only` }];
  });
}
