import type { Confirmation, FindingRecord } from '../schedule/finding-record.ts';

/**
 * What a search for the deadlock, or for a race, came to, in one sentence. It speaks of the agents
 * of this form: another caller may do what none of them does.
 */
export function confirmationText(
  { outcome, executions, failed, deadlock }: Confirmation,
  { finding: { kind } }: FindingRecord,
): string {
  const number = executions.toLocaleString('en-US');
  const run = `${number} ${executions === 1 ? 'execution' : 'executions'}`;
  switch (outcome) {
    case 'confirmed': {
      const { finding, fingerprint } = deadlock!;
      return `Confirmed after ${run}: ${finding.title} (${fingerprint}).`;
    }
    case 'refuted': {
      const ends =
        failed === 0 ? '' : `; ${failed.toLocaleString('en-US')} of them ended in an exception`;
      if (kind === 'data-race') {
        return `Refuted: ${run} are all orders of steps that matter, and none shows it${ends}.`;
      }
      return `Refuted: ${run} visited every state of this form, and none deadlocks so${ends}.`;
    }
    case 'open':
      return `Open: not reached in ${run}, and these are not all.`;
  }
}

/** The same for programs. */
export function confirmationJson(
  confirmation: Confirmation,
  record: FindingRecord,
): Record<string, unknown> {
  const { outcome, executions, failed, deadlock } = confirmation;
  return {
    outcome,
    executions,
    failed,
    deadlock: deadlock?.fingerprint ?? null,
    text: confirmationText(confirmation, record),
  };
}
