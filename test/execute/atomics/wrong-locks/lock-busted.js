/** locktorture's lock_busted: it does nothing at all (kernel/locking/locktorture.c). */
import { enter, words } from './section.js';

export const setup = () => ({ data: words(1) });

const acquire = () => undefined;
const release = () => undefined;

function agent({ data }) {
  acquire();
  enter(data);
  release();
}

export const threads = [agent, agent];
