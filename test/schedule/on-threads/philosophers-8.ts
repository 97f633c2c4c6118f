import type { Scenario } from '../../../src/program/index.ts';
import { abba } from '../../execute/classic-programs.ts';

const { scenario } = abba(8);

/** Eight agents take two of eight locks, round a table: 255 traces, one of them a deadlock. */
export default scenario as Scenario;
