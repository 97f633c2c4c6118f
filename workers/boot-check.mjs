// Starts a controlled thread from TypeScript sources: registers tsx, then hands over to the entry.
import { register } from 'tsx/esm/api';

register();
process.setSourceMapsEnabled(true);
const entry = await import('./entry-check.ts');

export default entry.default;
