import { rwSuite } from './rw-suite.ts';

rwSuite('RwLock', { queues: false });
