/** What a regression job's worker thread starts with: piscina calls the default export. */
import { runRegressJob } from '../src/schedule/regress-job.ts';

export default runRegressJob;
