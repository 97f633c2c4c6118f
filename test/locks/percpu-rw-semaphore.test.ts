import { rwSuite } from './rw-suite.ts';

rwSuite('PercpuRwSemaphore', { queues: true });
