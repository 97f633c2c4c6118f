import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Arena } from '../../program/arena.ts';
import { scenario, type AgentFunction, type Scenario } from '../../program/scenario.ts';
import { layouts, type Laid } from '../program.ts';
import { Cells } from './cells.ts';
import type { CheckSession } from './check-session.ts';
import { CheckSubject } from './check-subject.ts';
import type { Moment } from './moments.ts';
import { Paths } from './paths.ts';
import { fromPlain, fromText, type ValueReviver } from './shared-values.ts';
import { ThreadBehaviour } from './thread-behaviour.ts';
import { ThreadMind } from './thread-mind.ts';

/** Executions of a file that nothing says more of. */
const executionsDefault = 100_000;

/** The one form of such a scenario, and its one variant: which of them the session says. */
export const checkForm = 'threads';
export const checkVariants = { plain: 'default', atomics: 'no-plain' } as const;

/** What such a scenario's set-up lays out. */
export class CheckWorld {
  readonly cells: Cells;
  readonly returned: string[] = [];
  /** What is known of each thread. */
  behaviours: readonly ThreadBehaviour[] = [];
  /** What `check` threw last. */
  why = '';
  /** Executions that are known as a whole, where threads do more than is seen. */
  paths: Paths | undefined;
  private readonly session: CheckSession;

  constructor(session: CheckSession, arena: Arena) {
    this.session = session;
    this.cells = new Cells(arena, session.layout, session.memory, session.setUp.ports);
  }

  /** Whether what a thread does follows from what it has been answered. */
  get remembers(): boolean {
    return this.session.remembers;
  }

  /** Whether what the module's `check` asks for holds. */
  holds(): boolean {
    const { session, cells } = this;
    const { check } = session.module;
    if (check === undefined) return true;
    this.paths?.settle();
    for (const cell of cells.list) cells.push(cell);
    this.why = '';
    try {
      const answer = check(session.setUp.shared as never, this.results() as never);
      return answer !== false;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.why = why.trim().replaceAll(/\s*\n\s*/g, ' ');
      return false;
    } finally {
      if (session.remembers) session.restore();
    }
  }

  /** What each thread returned, by its name. */
  private results(): Record<string, unknown> {
    const reviver: ValueReviver = {
      buffers: this.session.setUp.buffers,
      wrap: (view) => view,
      port: (number) => ({ port: number }),
    };
    return Object.fromEntries(
      this.session.drivers.map(({ name }, agent) => [
        name,
        fromPlain(fromText(this.returned[agent] ?? ''), reviver),
      ]),
    );
  }
}

/** The scenario that a file's threads are: each is an agent, what they share are cells. */
export function scenarioOf(session: CheckSession): Scenario {
  const names = session.drivers.map(({ name }) => name);
  const file = basename(fileURLToPath(session.url));
  const made = scenario<CheckWorld>({
    name: nameOf(file),
    summary: `the threads of ${file}`,
    source: file,
    setup: (arena) => new CheckWorld(session, arena),
    agents: Object.fromEntries(names.map((name) => [name, notByItself])),
    forms: {
      [checkForm]: {
        summary: 'all threads',
        agents: names,
        strategy: 'dpor',
        executions: executionsDefault,
      },
    },
    variants: session.remembers
      ? { [checkVariants.plain]: { summary: 'plain accesses to shared buffers are seen' } }
      : { [checkVariants.atomics]: { summary: 'only `Atomics` is seen' } },
    invariants:
      session.module.check === undefined
        ? []
        : [{ name: 'check', when: 'end', holds: (world) => world.holds(), why: ({ why }) => why }],
    stepsMax: session.options.stepsMax ?? 10_000,
  }) as Scenario;
  layouts.set(made, (world, agents, arena) => lay(session, world as CheckWorld, agents, arena));
  return made;
}

function lay(
  session: CheckSession,
  world: CheckWorld,
  agents: readonly string[],
  arena: Arena,
): Laid {
  const { cells, returned } = world;
  const { messages, script } = session;
  const restore = (): void => session.restore();
  const live: (Moment | undefined)[] = session.drivers.map(() => undefined);
  const paths = session.remembers ? undefined : new Paths(script, live, arena.memory);
  world.paths = paths;
  const share = { cells, messages, paths, live, returned, restore };
  world.behaviours = session.drivers.map(
    (driver, agent) => new ThreadBehaviour(agent, driver, share),
  );
  const minds = world.behaviours.map((behaviour, agent) => new ThreadMind(agent, behaviour, share));
  return {
    subject: new CheckSubject(agents, arena, cells, session.setUp.views),
    agents: minds.map(
      (mind): AgentFunction<unknown> =>
        () =>
          mind.run(),
    ),
  };
}

/** Stands where the threads' minds do once a program is laid out. */
// eslint-disable-next-line require-yield -- it is never run
const notByItself: AgentFunction<CheckWorld> = function* () {
  throw new Error('[internal] a thread is run by its mind');
};

/** A file's name as a scenario's: lower case, digits and dashes. */
function nameOf(file: string): string {
  const plain = file
    .replace(/\.[cm]?[jt]s$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return /^[a-z]/.test(plain) ? plain : `check-${plain}`;
}
