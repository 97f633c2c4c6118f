import type { Scenario } from '../../../src/program/index.ts';
import { counter } from '../../execute/classic-programs.ts';

const { scenario } = counter(3, 3);

/** Three agents, three rounds each of lock, x++, unlock: 1,680 traces. */
export default scenario as Scenario;
