import { Analysis, checkNames } from '../../src/check/analysis/analysis.ts';
import { TraceWorkload, type WorkloadShape } from './trace-workload.ts';

const workload = new TraceWorkload(JSON.parse(process.argv[2]!) as WorkloadShape);
const options = { checks: checkNames, statistics: false };
const analysis = new Analysis('workload', workload.names(), options);
workload.stream(analysis);
analysis.end();
const { predictionWindows = 1 } = analysis.predictor!.statistics();
const peak = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(JSON.stringify({ peak, windows: predictionWindows }));
