import type { Scenario } from '../../src/program/index.ts';
import { counter } from '../../test/execute/classic-programs.ts';

const { scenario } = counter(4, 3);

/** Four agents, three rounds each of lock, x++, unlock: 369,600 traces. */
export default scenario as Scenario;
