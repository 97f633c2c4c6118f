import type { MessagePort } from 'node:worker_threads';
import type { ProgramChoice } from '../program.ts';

/**
 * What the coordinator gives an agent's thread, once; iterations are then started through the
 * control block.
 */
export interface AgentTask {
  readonly kind: 'controlled' | 'free';
  /** URL of the module whose default export is the scenario. */
  readonly scenario: string;
  readonly choice: ProgramChoice;
  /** Number of the agent that the thread is. */
  readonly agent: number;
  readonly arena: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  readonly log: SharedArrayBuffer;
  /** The clocks of objects (`object-clocks.ts`), as large as the arena; empty if controlled. */
  readonly clocks: SharedArrayBuffer;
  /**
   * The schedule (`shared-schedule.ts`): all of it on controlled threads, the beginning on free
   * ones; may be empty.
   */
  readonly schedule: SharedArrayBuffer;
  /** Free threads: seed of the agent's random delays; 0 for none. */
  readonly seed: number;
  /** Free threads: whether operations are numbered and logged. */
  readonly logging: boolean;
  /** Whether to keep the place of every operation; slow. */
  readonly places: boolean;
  readonly port: MessagePort;
}

/**
 * What an agent's thread tells about an iteration, when it has more to say than the control block
 * can.
 */
export type AgentMessage =
  | {
      /** The agent threw. */
      readonly kind: 'failed';
      readonly agent: number;
      readonly message: string;
      /** It was a broken promise of the program under test (`check`). */
      readonly promised: boolean;
      readonly stack: string | undefined;
    }
  | {
      /** The agent made an operation and never yielded it. */
      readonly kind: 'forgotten';
      readonly agent: number;
    }
  | {
      /** The agent is not where the schedule says. */
      readonly kind: 'diverged';
      readonly agent: number;
      readonly message: string;
    }
  | {
      /** The places of the operations in the agent's log, in its order. */
      readonly kind: 'places';
      readonly agent: number;
      readonly stacks: readonly (string | undefined)[];
    };

/**
 * What an agent's thread answers at its end. A worker's errors arrive as plain Error, so they are
 * returned.
 */
export type AgentAnswer =
  | { readonly status: 'stopped' }
  | { readonly status: 'broken'; readonly message: string; readonly userError: boolean };
