import assert from 'node:assert/strict';
import type { Arena, Parameters, Step } from '../../src/program/index.ts';
import { resultName } from '../../src/kernel/errno.ts';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { memoryEventName, type MemoryNotify } from '../../src/kernel/memory-notify.ts';
import { NodeEvent, type NodeNotify } from '../../src/kernel/node-notify.ts';
import { makeNotifierBlock, Notify, type NotifierBlock } from '../../src/kernel/notifier-chain.ts';
import { sysfsWrite } from '../../src/kernel/sysfs.ts';
import { soloRun } from './solo-run.ts';

/** A callback that notes what it is told. */
export interface Observer {
  readonly name: string;
  /** Default 0. */
  readonly priority?: number;
  /** Default true. */
  readonly registered?: boolean;
  /** What it answers to an event, by name; default NOTIFY_OK. */
  readonly answers?: Readonly<Record<string, number>>;
}

/** What observers were told, and what else came of a run. */
export interface Told {
  /** Such as `a goingOnline`, in order. */
  readonly calls: string[];
  readonly args: MemoryNotify[];
  readonly results: string[];
  readonly kernel: Kernel;
}

/** What `told` may be given beyond observers, writes and parameters. */
export interface TellOptions {
  /** In place of the writes. */
  readonly agent?: (kernel: Kernel, blocks: NotifierBlock<MemoryNotify>[]) => Step<unknown>;
  /** What the observer of nodes answers, by event; default NOTIFY_OK. */
  readonly nodeAnswers?: Readonly<Record<string, number>>;
}

const nodeEventName = (action: number): string =>
  Object.entries(NodeEvent).find(([, number]) => number === action)![0];

/**
 * Writes to files of memory32 with observers laid out, or runs an agent; says what each observer
 * was told. There is an observer of nodes, too, which needs `nodeNotifier`.
 *
 * @param writes - such as `state=online`
 */
export function told(
  observers: readonly Observer[],
  writes: readonly string[],
  parameters: Parameters = {},
  options: TellOptions = {},
): Told {
  const calls: string[] = [];
  const args: MemoryNotify[] = [];
  const results: string[] = [];
  const blocks: NotifierBlock<MemoryNotify>[] = [];
  const prepare = (arena: Arena, kernel: Kernel): void => {
    for (const { name, priority = 0, registered = true, answers = {} } of observers) {
      const block = makeNotifierBlock<MemoryNotify>(arena, kernel.memoryChain, {
        name,
        priority,
        registered,
        *call(self, action, arg) {
          yield* kernel.memoryChain.rwsem.assertHeldRead();
          const event = memoryEventName(kernel, action)!;
          calls.push(`${self.name} ${event}`);
          args.push(arg);
          return answers[event] ?? Notify.ok;
        },
      });
      blocks.push(block);
    }
    makeNotifierBlock<NodeNotify>(arena, kernel.nodeChain, {
      name: 'node-observer',
      registered: true,
      *call(_self, action, { nid }) {
        yield* kernel.nodeChain.rwsem.assertHeldRead();
        const event = nodeEventName(action);
        calls.push(`node${nid} ${event}`);
        return options.nodeAnswers?.[event] ?? Notify.ok;
      },
    });
  };
  const run = soloRun(
    parameters,
    function* (kernel): Step {
      if (options.agent !== undefined) yield* options.agent(kernel, blocks);
      for (const write of writes) {
        const [file, input] = write.split('=');
        results.push(resultName(yield* sysfsWrite(kernel, `memory32/${file}`, input!)));
      }
    },
    prepare,
  );
  assert.deepEqual(
    run.findings.filter((title) => !title.includes('lock inversion')),
    [],
  );
  return { calls, args, results, kernel: run.kernel };
}
