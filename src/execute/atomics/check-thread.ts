import { UserError } from '../../program/errors.ts';
import type { CheckAnswer, CheckTask, Thrown } from './check-messages.ts';
import {
  threadsOf,
  loadCheckModule,
  type ThreadControl,
  type ThreadFunction,
} from './check-module.ts';
import { What } from './channel.ts';
import { instrumentedAtomics } from './instrumented-atomics.ts';
import { installReceive, portNumber, ThreadPort } from './ports.ts';
import { PromisedWaits } from './promised-waits.ts';
import { revivals, toPlain, toText, type ValueMaker, type ValueReviver } from './shared-values.ts';
import { SharedWords } from './shared-memory.ts';
import { SharedViews } from './shared-views.ts';
import { ThreadClock } from './thread-clock.ts';
import { Leave, ThreadDoor } from './thread-door.ts';

/** Of this worker, whatever it is told to be: the stand-ins are put in place once. */
let self: CheckThread | undefined;

/**
 * What a controlled thread does: puts the stand-ins in place, loads the module, and runs its
 * function once an execution until told to stop.
 */
export async function runCheckThread(task: CheckTask): Promise<CheckAnswer> {
  try {
    self ??= new CheckThread();
    self.attach(task);
    const found = threadsOf(await loadCheckModule(task.url), task.url);
    await self.serve(task, found.find(({ name }) => name === task.name)!.run);
    return { status: 'stopped' };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 'broken', message, userError: error instanceof UserError };
  }
}

class CheckThread {
  private readonly door = new ThreadDoor();
  private readonly clock = new ThreadClock();
  private readonly promises = new PromisedWaits(this.door, this.clock);
  private readonly views = new SharedViews(this.door);
  private buffers: readonly SharedArrayBuffer[] = [];
  /** Of the first thread, which begins first: what it gives real memory back. */
  private firsts: readonly SharedWords[] = [];
  private readonly maker: ValueMaker = {
    numberOf: (buffer) => this.buffers.indexOf(buffer),
    portOf: portNumber,
    unwrap: this.views.unwrap,
  };

  constructor() {
    const { door, clock, promises, views } = this;
    views.install();
    promises.install();
    // A thread may have to leave in the midst of a promise's reaction, which nobody waits for.
    process.on('unhandledRejection', (reason) => {
      if (!(reason instanceof Leave)) throw reason;
    });
    globalThis.Atomics = instrumentedAtomics({ door, clock, promises, unwrap: views.unwrap });
    installReceive(door, () => this.reviver());
  }

  attach(task: CheckTask): void {
    const { buffers, plain, agent } = task;
    this.buffers = buffers;
    this.views.active = plain;
    // No thread runs before all are attached: what the buffers hold are their first contents.
    this.firsts = plain || agent !== 0 ? [] : buffers.map((buffer) => new SharedWords(buffer));
    this.door.attach(task);
  }

  async serve(task: CheckTask, run: ThreadFunction): Promise<void> {
    const { door, clock, promises } = this;
    const revive = revivals(task.shared);
    while (door.nextRun()) {
      if (door.follows) for (const words of this.firsts) words.restore();
      const shared = revive(this.reviver());
      promises.begin();
      clock.begin(task.agent);
      door.running = true;
      try {
        const returned = run(shared as never, this.control());
        const value = isPromise(returned) ? await this.settled(returned) : returned;
        clock.restore();
        door.finish(What.ended, toText(this.passable(value)));
      } catch (error) {
        clock.restore();
        if (!(error instanceof Leave)) door.finish(What.threw, JSON.stringify(thrown(error)));
      }
    }
  }

  /** For one run. How often the thread has rested in a call counts: it never rests twice alike. */
  private control(): ThreadControl {
    const { door, maker } = this;
    let rests = 0;
    return {
      dependsOn: (state) => {
        const text = toText(toPlain(state, maker, 'what the thread depends on'));
        door.rest(`${rests++} ${text}`);
      },
      call: (body, kept) => {
        const before = rests;
        rests = 0;
        door.enter();
        try {
          const value = body();
          door.exit(() => toText(toPlain([value, kept()], maker, 'what a call leaves')));
          return value;
        } catch (error) {
          if (error instanceof Leave) throw error;
          door.exit(() => toText(toPlain([thrown(error).message, kept()], maker, 'a call')));
          throw error;
        } finally {
          rests = before;
        }
      },
    };
  }

  private reviver(): ValueReviver {
    const { door, maker, views, buffers } = this;
    return {
      buffers,
      wrap: (view) => views.wrap(view),
      port: (number) => new ThreadPort(number, door, maker),
    };
  }

  /** Waits for a promise of the thread's, and settles those of its `waitAsync` meanwhile. */
  private async settled(promise: PromiseLike<unknown>): Promise<unknown> {
    let outcome: { value: unknown } | { error: unknown } | undefined;
    promise.then(
      (value) => (outcome = { value }),
      (error: unknown) => (outcome = { error }),
    );
    for (;;) {
      await this.promises.drain();
      if (outcome !== undefined) break;
      this.promises.settleNext();
    }
    const ended = outcome as { value: unknown } | { error: unknown };
    if ('error' in ended) throw ended.error;
    return ended.value;
  }

  /** What the function returned, if it passes to another thread. */
  private passable(value: unknown): unknown {
    try {
      return toPlain(value, this.maker, 'returned');
    } catch {
      return undefined;
    }
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

function thrown(error: unknown): Thrown {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined };
  return { name: error.name, message: error.message, stack: error.stack };
}
