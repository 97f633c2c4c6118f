import { Exit, type Io } from './io.ts';

/**
 * Turns Ctrl-C (SIGINT), SIGTERM and an output that nobody reads any more into an abort signal: the
 * first ends the work and keeps what was found; a second Ctrl-C ends the process at once.
 */
export class Interrupt {
  private readonly controller = new AbortController();
  private readonly io: Io;
  private readonly onSignal = (): void => {
    if (this.requested) process.exit(130);
    this.controller.abort();
  };
  private readonly onClosed = (): void => this.controller.abort();

  constructor(io: Io) {
    this.io = io;
    process.on('SIGINT', this.onSignal);
    process.on('SIGTERM', this.onSignal);
    if (io.closed.aborted) this.onClosed();
    else io.closed.addEventListener('abort', this.onClosed);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get requested(): boolean {
    return this.controller.signal.aborted;
  }

  /** The signals have their usual meaning again. */
  dispose(): void {
    process.off('SIGINT', this.onSignal);
    process.off('SIGTERM', this.onSignal);
    this.io.closed.removeEventListener('abort', this.onClosed);
  }
}

/** Loads what the user named; a Ctrl-C meanwhile says that nothing was run, and ends all. */
export async function whileLoading<T>(io: Io, load: () => Promise<T>): Promise<T> {
  const onSignal = (): void => {
    io.err('heddle: interrupted while it was loading: nothing was run');
    process.exit(Exit.interrupted);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await load();
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
