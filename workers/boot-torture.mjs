// Starts a thread of `heddle torture` from TypeScript sources: registers tsx, then hands over.
import { register } from 'tsx/esm/api';

register();
process.setSourceMapsEnabled(true);
await import('./entry-torture.ts');
