import type { PredictionCounts } from '../schedule/predictions.ts';
import { count, plural } from './io.ts';

/** Executions that `--predict` looks at where nothing says how many. */
const predictDefault = 100;

/** How many executions `--predict` asks for; without a number commander says true. */
export function predictOf(option: number | true | undefined): number {
  if (option === undefined) return 0;
  return option === true ? predictDefault : option;
}

/** What was predicted, in one line. */
export function predictionsText({ executions, predicted, happened }: PredictionCounts): string {
  return (
    `  predicted from ${plural(executions, 'execution')}: ${plural(predicted, 'finding')}, ` +
    `${count(happened)} of them happened when carried out`
  );
}
