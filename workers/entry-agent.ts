/** What an agent's worker thread starts with: piscina calls the default export with the task. */
import { runAgentThread } from '../src/execute/threads/agent-thread.ts';

export default runAgentThread;
