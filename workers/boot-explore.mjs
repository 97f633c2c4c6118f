// Starts a thread of a parallel exploration from TypeScript sources: registers tsx, then hands over
// to the entry.
import { register } from 'tsx/esm/api';

register();
process.setSourceMapsEnabled(true);
const entry = await import('./entry-explore.ts');

export default entry.default;
