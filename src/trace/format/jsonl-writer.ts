import {
  contextNames,
  contextStateNames,
  modeNames,
  Op,
  operationShapes,
  Scope,
} from './operation.ts';
import { traceVersion } from './jsonl-header.ts';
import { wholeWord, type TraceEvent, type TraceSink } from './trace-event.ts';
import type { TraceNames } from './trace-names.ts';

const shapeOf = new Map(operationShapes.map((shape) => [shape.op, shape]));

/** What heddle-trace calls operations that only other formats have. */
const otherNames: ReadonlyMap<number, string> = new Map([
  [Op.conditionWait, 'condition wait on'],
  [Op.conditionNotify, 'condition notify on'],
  [Op.acquired, 'was granted'],
  [Op.lost, 'events are missing here'],
]);

/** The header of a heddle-trace with what has been named so far. */
export function headerLine(names: TraceNames, source: string): string {
  const locks = Object.fromEntries(
    names.locks.map(({ id, class: lockClass, kind, subclass, name, ...more }) => [
      id,
      {
        class: lockClass,
        kind,
        ...(subclass === 0 ? {} : { subclass }),
        ...(name === id ? {} : { name }),
        ...more,
      },
    ]),
  );
  const words = Object.fromEntries(
    names.words.texts.map((id, word) => [
      id,
      {
        name: names.wordNames[word],
        ...(names.retiredWords.has(word) ? { retired: true } : {}),
      },
    ]),
  );
  const options = names.options.waitContexts ? { waitContexts: true } : {};
  const rules = names.rules === undefined ? {} : { rules: names.rules };
  return JSON.stringify({ heddleTrace: traceVersion, source, locks, words, options, ...rules });
}

/** An event as a line of heddle-trace. What the format has no word for becomes a note. */
export function eventLine(event: TraceEvent, names: TraceNames): string {
  const shape = shapeOf.get(event.op);
  const fields: Record<string, unknown> = {
    op: shape?.name ?? 'note',
    agent: event.agent < 0 ? '' : names.agentName(event.agent),
  };
  if (shape === undefined) {
    const lock = event.object < 0 ? '' : ` ${names.locks[event.object]!.id}`;
    fields['text'] = `${otherNames.get(event.op) ?? 'unknown'}${lock}`;
  }
  switch (shape?.operand) {
    case 'lock':
      fields['lock'] = names.locks[event.object]!.id;
      break;
    case 'word':
      fields['word'] = names.words.texts[event.object];
      break;
    case 'agent':
      fields['other'] = names.agentName(event.object);
      break;
    default:
  }
  if (shape?.mode === true && event.mode < modeNames.length) fields['mode'] = modeNames[event.mode];
  if (event.tried) fields['try'] = true;
  if (event.nest >= 0) fields['nest'] = names.locks[event.nest]!.id;
  if (event.subclass >= 0) fields['subclass'] = event.subclass;
  if (event.marked) fields['marked'] = true;
  if (event.start !== 0) fields['offset'] = event.start;
  if (event.end !== wholeWord) fields['size'] = event.end - event.start;
  if (event.context >= 0) fields['context'] = contextNames[event.context];
  if (event.threaded) fields['threaded'] = true;
  if (event.op === Op.assertContext) fields['state'] = contextStateNames[event.scope];
  else if (event.scope !== Scope.none) {
    fields['scope'] = event.scope === Scope.begin ? 'begin' : 'end';
  }
  if (event.cookie >= 0) fields['cookie'] = event.cookie;
  if (event.slow) fields['slow'] = true;
  if (shape?.text !== undefined) fields[shape.text] = event.text;
  if (event.place >= 0) fields['at'] = names.placeName(event.place);
  if (!Number.isNaN(event.time)) fields['t'] = event.time;
  return JSON.stringify({ ...fields, ...event.extra });
}

/** Writes the events that it is given as lines of heddle-trace, without a header. */
export class JsonlWriter implements TraceSink {
  private readonly names: TraceNames;
  private readonly write: (line: string) => void;

  constructor(names: TraceNames, write: (line: string) => void) {
    this.names = names;
    this.write = write;
  }

  event(event: TraceEvent): void {
    this.write(eventLine(event, this.names));
  }
}
