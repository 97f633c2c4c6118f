import type { RegressForm, RegressResult } from '../schedule/regress-job.ts';
import { isExhaustive } from '../schedule/strategies/registry.ts';
import type { Style } from './style.ts';

/** Characters between two columns. */
const gap = 2;
/** Kinds of findings wrap here: two that often come together have room beside each other. */
const kindsWidth = 36;

/** The names of the variants that the table will have rows of. */
export interface RegressNames {
  readonly scenario: string;
  readonly variant: string;
}

/** The table that `heddle regress` prints: its head, and a row for each variant. */
export class RegressTable {
  private readonly style: Style;
  private readonly widths: readonly number[];

  constructor(names: readonly RegressNames[], style: Style) {
    const longest = (head: string, texts: readonly string[]): number =>
      Math.max(head.length, ...texts.map((text) => text.length));
    this.style = style;
    this.widths = [
      4,
      longest(
        'scenario',
        names.map(({ scenario }) => scenario),
      ),
      longest(
        'variant',
        names.map(({ variant }) => variant),
      ),
      kindsWidth,
      kindsWidth,
      10,
      7,
    ];
  }

  get head(): string {
    const names = ['', 'scenario', 'variant', 'expected', 'found', 'executions', 'time'];
    return this.style.bold(this.line([...names, 'explored']));
  }

  /** One variant; what is wrong follows on lines of its own. */
  row(result: RegressResult): string {
    const { style } = this;
    const { forms, ms, asExpected, missing, unexpected, error } = result;
    const executions = forms.reduce((sum, form) => sum + form.executions, 0);
    const expected = wrapped(result.expectedKinds);
    const found = wrapped(result.found.length === 0 ? ['nothing'] : result.found);
    const first = this.line([
      asExpected ? 'ok' : 'FAIL',
      result.scenario,
      result.variant,
      expected[0] ?? '',
      found[0]!,
      executions.toLocaleString('en-US'),
      `${(ms / 1000).toFixed(1)} s`,
      exploredText(forms),
    ]);
    const colour = asExpected ? style.green : style.red;
    const lines = [colour(first.slice(0, 4)) + first.slice(4)];
    for (let at = 1; at < Math.max(expected.length, found.length); at++) {
      lines.push(this.line(['', '', '', expected[at] ?? '', found[at] ?? '', '', '', '']));
    }
    return [
      ...lines,
      ...missing.map((one) => style.red(`      missing: ${one}`)),
      ...unexpected.map((one) => style.red(`      unexpected: ${one}`)),
      ...(error === '' ? [] : [style.red(`      could not be run: ${error}`)]),
    ].join('\n');
  }

  /** Numbers stand to the right, words to the left, the last column as it is. */
  private line(cells: readonly string[]): string {
    const padded = cells.map((cell, at) => {
      const width = this.widths[at];
      if (width === undefined) return cell;
      return at >= 5 ? cell.padStart(width) : cell.padEnd(width);
    });
    return padded.join(' '.repeat(gap)).trimEnd();
  }
}

/** Kinds by name, without "happened", which goes without saying, on lines of a column's width. */
function wrapped(kinds: readonly string[]): string[] {
  const lines: string[] = [];
  const names = kinds.map((kind) => kind.replace(' (happened)', '')).sort();
  for (const [at, name] of names.entries()) {
    const text = name + (at < names.length - 1 ? ',' : '');
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + text.length <= kindsWidth) {
      lines[lines.length - 1] = `${last} ${text}`;
    } else lines.push(text);
  }
  return lines;
}

/** "complete", or what bounded each form: "small: complete, full: 1,000 by pct". */
function exploredText(forms: readonly RegressForm[]): string {
  if (forms.length > 0 && forms.every(({ complete }) => complete)) return 'complete';
  const texts = forms.map((form) => {
    const bound = `${form.executions.toLocaleString('en-US')} by ${form.strategy}`;
    // An exhaustive search is to be complete: time or a bound stopped it.
    const stopped = isExhaustive(form.strategy) ? `stopped: ${bound}` : bound;
    const text = form.complete ? 'complete' : stopped;
    return forms.length === 1 ? text : `${form.form}: ${text}`;
  });
  return texts.join(', ');
}
