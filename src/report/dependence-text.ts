import { operationTable } from '../program/operation-table.ts';
import { placeText } from '../trace/places.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import type { Ordering, OrderedAct } from '../schedule/ordering-candidates.ts';
import type { Dependence } from '../schedule/orderings.ts';
import { sitesIn } from './sites.ts';

/** What somebody does in an operation, as a verb, and what follows its object. */
const phrases: Readonly<Record<string, readonly [verb: string, rest?: string]>> = {
  read: ['reads'],
  write: ['writes'],
  load: ['reads', 'atomically'],
  store: ['writes', 'atomically'],
  add: ['adds to', 'atomically'],
  exchange: ['exchanges'],
  compareExchange: ['compares and exchanges'],
  waitUntil: ['sees', 'as it waits for it'],
  acquire: ['acquires'],
  tryAcquire: ['tries to acquire'],
  release: ['releases'],
  readAcquire: ['acquires', 'for reading'],
  readTryAcquire: ['tries to acquire', 'for reading'],
  readRelease: ['releases', 'for reading'],
  writeAcquire: ['asks for', 'for writing'],
  writeGrant: ['gets', 'for writing'],
  writeTryAcquire: ['tries to acquire', 'for writing'],
  writeRelease: ['releases', 'for writing'],
  downgrade: ['downgrades'],
  complete: ['completes'],
  completeAll: ['completes', 'for all'],
  await: ['is through waiting for'],
  reinitCompletion: ['initialises', 'again'],
  activate: ['activates'],
  refTryAcquire: ['tries to get a reference to'],
  refRelease: ['puts its reference to'],
  deactivate: ['deactivates'],
  drain: ['is through draining'],
  retire: ['removes'],
  revive: ['brings in'],
  initLock: ['initialises', 'again'],
  rmw: ['changes', 'atomically'],
  readBytes: ['reads'],
  writeBytes: ['writes'],
  loadBytes: ['reads', 'atomically'],
  storeBytes: ['writes', 'atomically'],
  compareExchangeBytes: ['compares and exchanges'],
  futexWait: ['begins to wait on'],
  futexTimedWait: ['begins to wait on', 'for some time'],
  futexWake: ['is woken on'],
  futexTimedWake: ['is through waiting on'],
  futexNotify: ['notifies'],
  futexWaitAsync: ['begins to wait on', 'asynchronously'],
  postMessage: ['posts to'],
  receiveMessageOnPort: ['receives from'],
  spawn: ['spawns'],
  begin: ['begins as'],
  end: ['ends as'],
  join: ['joins'],
};

/** The few orderings that a finding depends on, for a reader; nothing where none is known. */
export function dependenceText(record: FindingRecord): string[] {
  const { dependence } = record;
  if (dependence === undefined) return [];
  const { orderings, shown } = dependence;
  if (orderings.length === 0) {
    return [`It does not depend on the order: all of ${shown} random executions show it.`];
  }
  const one = orderings.length === 1;
  const what = one ? 'one ordering' : `${orderings.length} orderings`;
  const kept = one ? 'that keep to it' : 'that keep to them';
  return [
    `It depends on ${what} (all of ${shown} random executions ${kept} show it):`,
    ...orderings.flatMap((ordering) => {
      const { before, after } = orderingText(record, ordering);
      return [`  ${before}`, `    before ${after}`];
    }),
  ];
}

/** The same for programs. */
export function dependenceJson(
  record: FindingRecord,
  { orderings, shown }: Dependence,
): Record<string, unknown> {
  return {
    executions: shown,
    orderings: orderings.map((ordering) => {
      const { before, after } = orderingText(record, ordering);
      return {
        before: actJson(record, ordering.before),
        after: actJson(record, ordering.after),
        text: `${before} before ${after}`,
      };
    }),
  };
}

function orderingText(
  record: FindingRecord,
  { before, after }: Ordering,
): { before: string; after: string } {
  const { subject } = record;
  const object = subject.name(before.object);
  const again = before.object === after.object ? 'it' : subject.name(after.object);
  return { before: actText(record, before, object), after: actText(record, after, again) };
}

/** "udev acquires it in deviceOnline, where it waits". */
function actText(record: FindingRecord, act: OrderedAct, object: string): string {
  const name = record.subject.agentNames[act.agent]!;
  const operation = operationTable[act.kind]!.name;
  const [verb, rest] = phrases[operation] ?? [operation];
  const suffix = rest === undefined ? '' : ` ${rest}`;
  const [place] = sitesIn(act.stack, name);
  const where = place === undefined ? '' : ` in ${place.function}`;
  return `${name} ${verb} ${object}${suffix}${where}${state[act.when]}`;
}

const state = {
  done: '',
  asked: ', where it waits',
  later: ', which it has not done yet',
} as const;

function actJson({ subject }: FindingRecord, act: OrderedAct): Record<string, unknown> {
  const agent = subject.agentNames[act.agent]!;
  const [place] = sitesIn(act.stack, agent);
  return {
    agent,
    operation: operationTable[act.kind]!.name,
    object: subject.name(act.object),
    occurrence: act.occurrence,
    when: act.when,
    at: place === undefined ? null : placeText(place),
    function: place?.function ?? null,
  };
}
