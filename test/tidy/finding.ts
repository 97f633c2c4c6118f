/** One broken rule at one place. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** A rule that needs no more than one file to judge it. */
export type FileRule = (path: string, text: string) => Finding[];

export function format(finding: Finding): string {
  return `${finding.path}:${finding.line}: error: ${finding.message}`;
}

/** Fails with one line a finding, in the form that editors turn into links. */
export function expectNone(findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  const error = new Error(`${findings.length} found\n${findings.map(format).join('\n')}`);
  error.stack = error.message;
  throw error;
}
