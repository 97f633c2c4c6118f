/** What a thread of a parallel exploration starts with: piscina calls the default export. */
import type { ExploreJob, ExploreShare } from '../src/schedule/parallel/explore-job.ts';
import type { PieceJob } from '../src/schedule/parallel/piece-job.ts';
import { runExploreJob } from '../src/schedule/parallel/run-explore-job.ts';
import { runPieceJob } from '../src/schedule/parallel/run-piece-job.ts';

export default async function run(job: ExploreJob | PieceJob): Promise<ExploreShare | void> {
  if (job.kind === 'pieces') await runPieceJob(job);
  else return await runExploreJob(job);
}
