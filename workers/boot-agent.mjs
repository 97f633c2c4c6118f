// Starts an agent's thread from TypeScript sources: registers tsx, then hands over to the entry.
import { register } from 'tsx/esm/api';

register();
process.setSourceMapsEnabled(true);
const entry = await import('./entry-agent.ts');

export default entry.default;
