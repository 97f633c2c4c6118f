/** What a thread of a parallel exploration starts with: piscina calls the default export. */
import { runExploreJob } from '../src/schedule/parallel/run-explore-job.ts';

export default runExploreJob;
