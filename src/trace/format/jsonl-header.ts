import { nearest } from '../../program/nearest.ts';
import { BadLineError, shown } from './bad-line.ts';
import { lockKinds, type LockKind, type TraceLock, type TraceNames } from './trace-names.ts';
import { readRules } from './trace-rules.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The version of heddle-trace that is read and written. */
export const traceVersion = 1;

const example = '{"heddleTrace":1,"locks":{},"words":{},"options":{}}';

/**
 * Takes what the first line of a heddle-trace declares: locks, words, options.
 *
 * @throws BadLineError
 */
export function readHeader(header: Fields, names: TraceNames, file: string, line: number): void {
  const fail = (text: string): never => {
    throw new BadLineError(file, line, text);
  };
  if (!('heddleTrace' in header)) {
    fail(`the first line must be the header, as ${example}`);
  }
  if (header['heddleTrace'] !== traceVersion) {
    fail(`\`heddleTrace\` is ${shown(header['heddleTrace'])}; this reads version ${traceVersion}`);
  }
  for (const [id, value] of declared(header, 'locks', fail)) readLock(id, value, names, fail);
  for (const [id, value] of declared(header, 'words', fail)) {
    const { name } = value;
    if (name !== undefined && typeof name !== 'string') {
      fail(`\`words.${id}.name\` is ${shown(name)}; expected a text`);
    }
    const { retired } = value;
    if (retired !== undefined && typeof retired !== 'boolean') {
      fail(`\`words.${id}.retired\` is ${shown(retired)}; expected true or false`);
    }
    const number = names.word(id, name as string | undefined);
    if (retired === true) names.retiredWords.add(number);
  }
  const options = header['options'] ?? {};
  if (!isFields(options)) return fail(`\`options\` is ${shown(options)}; expected an object`);
  const { waitContexts } = options;
  if (waitContexts !== undefined && typeof waitContexts !== 'boolean') {
    fail(`\`options.waitContexts\` is ${shown(waitContexts)}; expected true or false`);
  }
  names.options.waitContexts = waitContexts === true;
  if (header['rules'] !== undefined) names.rules = readRules(header['rules'], names, fail);
}

function readLock(
  id: string,
  value: Fields,
  names: TraceNames,
  fail: (text: string) => never,
): void {
  for (const field of ['class', 'name', 'kind'] as const) {
    const given = value[field];
    if (given !== undefined && typeof given !== 'string') {
      fail(`\`locks.${id}.${field}\` is ${shown(given)}; expected a text`);
    }
  }
  const kind = value['kind'] as string | undefined;
  if (kind !== undefined && !(lockKinds as readonly string[]).includes(kind)) {
    const hint = nearest(kind, lockKinds);
    fail(`\`locks.${id}.kind\` is ${shown(kind)}: ${hint}there are ${lockKinds.join(', ')}`);
  }
  const subclass = value['subclass'];
  if (subclass !== undefined && !isSubclass(subclass)) {
    fail(`\`locks.${id}.subclass\` is ${shown(subclass)}; expected a whole number from 0 to 7`);
  }
  names.declareLock({
    id,
    class: (value['class'] as string | undefined) ?? id,
    kind: (kind as LockKind | undefined) ?? 'mutex',
    subclass: (subclass as number | undefined) ?? 0,
    name: (value['name'] as string | undefined) ?? id,
    ...readMore(id, value, fail),
  });
}

/** What only some locks have. */
function readMore(
  id: string,
  value: Fields,
  fail: (text: string) => never,
): Pick<TraceLock, 'check' | 'rank' | 'waitOverride' | 'wwClass'> {
  const { check, rank, waitOverride, wwClass } = value;
  const wrong = (field: string, expected: string): never =>
    fail(`\`locks.${id}.${field}\` is ${shown(value[field])}; expected ${expected}`);
  if (check !== undefined && typeof check !== 'boolean') wrong('check', 'true or false');
  if (rank !== undefined && !Number.isFinite(rank)) wrong('rank', 'a number');
  if (wwClass !== undefined && typeof wwClass !== 'string') wrong('wwClass', 'a text');
  const level = waitOverride as number;
  if (waitOverride !== undefined && !(Number.isInteger(level) && level >= 1 && level <= 5)) {
    wrong('waitOverride', 'a whole number from 1 to 5');
  }
  return {
    ...(check === false ? { check } : {}),
    ...(rank === undefined ? {} : { rank: rank as number }),
    ...(waitOverride === undefined ? {} : { waitOverride: level }),
    ...(wwClass === undefined ? {} : { wwClass: wwClass as string }),
  };
}

function declared(
  header: Fields,
  field: string,
  fail: (text: string) => never,
): [string, Fields][] {
  const value = header[field] ?? {};
  if (!isFields(value)) return fail(`\`${field}\` is ${shown(value)}; expected an object`);
  return Object.entries(value).map(([id, inside]) => {
    if (!isFields(inside)) {
      return fail(`\`${field}.${id}\` is ${shown(inside)}; expected an object`);
    }
    return [id, inside];
  });
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lock classes have eight subclasses, as lockdep's (MAX_LOCKDEP_SUBCLASSES). */
export function isSubclass(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 7;
}
