import { expectedText, type Verdict } from '../schedule/expectation.ts';
import type { Io } from './io.ts';

/**
 * How what was found compares with what the variant declares: a line, and one for each difference.
 *
 * @param outcome - whether it counts as expected; `interrupted`: what is missing could have come
 */
export function verdictLines(
  variant: string,
  outcome: boolean | 'interrupted',
  verdict: Verdict,
  { style }: Io,
): string[] {
  const { missing, unexpected } = verdict;
  // Met in two forms, a finding is still one.
  const found = new Set(
    unexpected.map(({ finding, fingerprint }) => `  unexpected: ${finding.title} (${fingerprint})`),
  );
  if (outcome === 'interrupted') return [style.yellow(`${variant}: interrupted`), ...found];
  if (outcome) return [style.green(`${variant}: as expected`)];
  return [
    style.red(`${variant}: NOT as expected`),
    ...missing.map((one) => `  missing: ${expectedText(one)}`),
    ...found,
  ];
}
