/** A fault that somebody might make, and the tests that must notice it. */
export interface Mutant {
  readonly name: string;
  /** A file in src. */
  readonly file: string;
  /** Text that occurs in it once, and what it becomes. */
  readonly from: string;
  readonly to: string;
  /** Files in test, of which at least one must turn red. */
  readonly tests: readonly string[];
}
