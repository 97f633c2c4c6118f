// Starts a thread of the meetings' benchmark from TypeScript sources.
import { register } from 'tsx/esm/api';

register();
await import('./meeting-thread.ts');
