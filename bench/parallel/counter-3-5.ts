import type { Scenario } from '../../src/program/index.ts';
import { counter } from '../../test/execute/classic-programs.ts';

const { scenario } = counter(3, 5);

/** Three agents, five rounds each of lock, x++, unlock: 756,756 traces. */
export default scenario as Scenario;
