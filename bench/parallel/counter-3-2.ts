import type { Scenario } from '../../src/program/index.ts';
import { counter } from '../../test/execute/classic-programs.ts';

const { scenario } = counter(3, 2);

/** Three agents, two rounds each of lock, x++, unlock: 90 traces. */
export default scenario as Scenario;
