/** What a controlled thread of `heddle check` starts with: piscina calls the default export. */
import { runCheckThread } from '../src/execute/atomics/check-thread.ts';

export default runCheckThread;
