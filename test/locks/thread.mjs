// Starts a thread of a test of locks from TypeScript sources.
import { register } from 'tsx/esm/api';

register();
await import('./thread-entry.ts');
