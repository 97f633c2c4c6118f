/** Which program a finding is of. */
export interface ProgramName {
  readonly scenario: string;
  /** Path of the scenario's file, if it does not come with Heddle. */
  readonly scenarioFile?: string;
  readonly variant: string;
  readonly form: string;
  /** Agents that die on the way, each as "AGENT@N". */
  readonly kill?: readonly string[];
}
