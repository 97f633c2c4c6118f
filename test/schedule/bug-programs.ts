import { bugPrograms } from '../../bench/sctbench/bugs-bench.ts';
import { instantiate, type Program } from '../../src/execute/program.ts';

/** A program of `npm run bench -- bugs`, as it is or mended. */
export function bug(name: string, variant: 'broken' | 'fixed' = 'broken'): Program {
  const found = bugPrograms.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no program is named ${name}`);
  return instantiate(found.scenario, { variant, form: 'full' });
}
