import { exclusiveSuite } from './lock-suite.ts';

exclusiveSuite('SpinLock');
