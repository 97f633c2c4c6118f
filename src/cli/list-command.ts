import { Exit, type Io } from './io.ts';
import { listScenarios } from './scenarios.ts';

/** `heddle list`: the scenarios that come with Heddle, with their variants and forms. */
export async function listCommand(options: { readonly json?: boolean }, io: Io): Promise<number> {
  const found = await listScenarios();
  if (options.json === true) {
    const scenarios = found.map(({ scenario: { name, summary, source, variants, forms } }) => {
      return { name, summary, source, variants, forms };
    });
    io.out(JSON.stringify({ command: 'list', scenarios }, undefined, 2));
    return Exit.asExpected;
  }
  for (const { scenario } of found) {
    io.out(`${io.style.bold(scenario.name)}  ${scenario.summary}`);
    io.out(`  from ${scenario.source}`);
    const width = Math.max(
      ...[...Object.keys(scenario.variants), ...Object.keys(scenario.forms)].map((n) => n.length),
    );
    for (const [name, variant] of Object.entries(scenario.variants)) {
      io.out(`  variant  ${name.padEnd(width)}  ${variant.summary}`);
    }
    for (const [name, form] of Object.entries(scenario.forms)) {
      io.out(`  form     ${name.padEnd(width)}  ${form.summary}: ${form.agents.join(', ')}`);
    }
  }
  return Exit.asExpected;
}
