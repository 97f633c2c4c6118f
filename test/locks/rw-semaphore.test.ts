import { rwSuite } from './rw-suite.ts';

rwSuite('RwSemaphore', { queues: true });
