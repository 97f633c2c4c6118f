// Starts a thread of the locks' benchmark from TypeScript sources.
import { register } from 'tsx/esm/api';

register();
await import('./bench-thread.ts');
