import { nearest } from '../../program/nearest.ts';
import { BadLineError, shown } from './bad-line.ts';
import { isFields, isSubclass, readHeader } from './jsonl-header.ts';
import {
  contextNames,
  contextStateNames,
  Mode,
  modeNames,
  Op,
  operationShapes,
  Scope,
  type OperationShape,
} from './operation.ts';
import { clearTraceEvent, makeTraceEvent, wholeWord } from './trace-event.ts';
import type { TraceEvent, TraceSink } from './trace-event.ts';
import type { TraceNames } from './trace-names.ts';
import type { TraceReader } from './trace-reader.ts';

const shapes: ReadonlyMap<string, OperationShape> = new Map(
  operationShapes.map((shape) => [shape.name, shape]),
);

/** Fields that checkers use; all others are kept for copies of the trace. */
const ownFields: ReadonlySet<string> = new Set(
  (
    'op agent lock word other mode try nest subclass marked ' +
    'size offset context threaded scope at t name text cookie slow state'
  ).split(' '),
);

/** Reads heddle-trace, version 1: a header, then one JSON object a line. */
export class JsonlReader implements TraceReader {
  private readonly file: string;
  private readonly names: TraceNames;
  private readonly sink: TraceSink;
  private readonly current: TraceEvent = makeTraceEvent();
  private fields: Readonly<Record<string, unknown>> = {};
  private lineNumber = 0;
  private headed = false;

  constructor(file: string, names: TraceNames, sink: TraceSink) {
    this.file = file;
    this.names = names;
    this.sink = sink;
  }

  line(text: string, line: number): void {
    const trimmed = text.trim();
    if (trimmed === '') return;
    this.lineNumber = line;
    let value: unknown;
    try {
      value = JSON.parse(trimmed);
    } catch {
      this.fail(`${shown(trimmed)} is no JSON; expected one object, as {"op":"acquire",...}`);
    }
    if (!isFields(value)) {
      return this.fail(`${shown(value)} is no object; expected one, as {"op":"acquire",...}`);
    }
    if (!this.headed) {
      readHeader(value, this.names, this.file, line);
      this.headed = true;
      return;
    }
    this.fields = value;
    this.decode();
    this.sink.event(this.current);
  }

  end(line: number): void {
    this.lineNumber = Math.max(1, line);
    if (!this.headed) this.fail('the trace is empty; its first line must be the header');
  }

  private decode(): void {
    const { current, names } = this;
    const shape = this.shape();
    clearTraceEvent(current);
    current.line = this.lineNumber;
    current.op = shape.op;
    current.agent = names.agents.number(this.text('agent'));
    if (shape.operand === 'lock') current.object = names.lock(this.text('lock'));
    if (shape.operand === 'word') current.object = names.word(this.text('word'));
    if (shape.operand === 'agent') this.decodeOther();
    if (shape.mode === true) this.decodeMode();
    if (shape.asks === true) this.decodeAcquire();
    if (shape.cookie === true) this.decodeCookie();
    if (shape.access === true) this.decodeAccess();
    if (shape.context === true) this.decodeContext();
    if (shape.text !== undefined) current.text = this.text(shape.text);
    const { at, t } = this.fields;
    if (at !== undefined) current.place = names.places.number(this.text('at'));
    if (t !== undefined) {
      if (typeof t !== 'number') this.fail(`\`t\` is ${shown(t)}; expected nanoseconds`);
      current.time = t as number;
    }
    for (const name in this.fields) {
      if (!ownFields.has(name)) this.keep(name);
    }
  }

  private shape(): OperationShape {
    const { op } = this.fields;
    if (op === undefined) this.fail('`op` is missing');
    const shape = typeof op === 'string' ? shapes.get(op) : undefined;
    if (shape !== undefined) return shape;
    const all = [...shapes.keys()];
    const hint = typeof op === 'string' ? nearest(op.slice(0, 40), all) : '';
    return this.fail(`\`op\` is ${shown(op)}: ${hint}there are ${all.join(', ')}`);
  }

  private decodeOther(): void {
    const { current, names } = this;
    current.object = names.agents.number(this.text('other'));
    if (current.object === current.agent) {
      this.fail('`other` is the agent itself; expected another one');
    }
  }

  private decodeMode(): void {
    const { current } = this;
    const { mode } = this.fields;
    if (mode === undefined) {
      const asserts = current.op === Op.assertHeld || current.op === Op.assertNotHeld;
      current.mode = asserts ? Mode.any : Mode.write;
      return;
    }
    current.mode = this.oneOf('mode', modeNames);
  }

  private decodeAcquire(): void {
    const { current, names } = this;
    const { nest, subclass } = this.fields;
    if (current.op === Op.acquire) {
      current.tried = this.flag('try');
      current.slow = this.flag('slow');
    }
    if (nest !== undefined) current.nest = names.lock(this.text('nest'));
    if (current.op === Op.refused && nest === undefined) this.text('nest');
    if (subclass === undefined && current.op !== Op.setSubclass) return;
    if (!isSubclass(subclass)) {
      this.fail(`\`subclass\` is ${shown(subclass)}; expected a whole number from 0 to 7`);
    }
    current.subclass = subclass as number;
  }

  private decodeAccess(): void {
    const { current } = this;
    const { size, offset, scope } = this.fields;
    current.marked = this.flag('marked') || current.op === Op.readModifyWrite;
    if (offset !== undefined) current.start = this.bytes('offset');
    if (size !== undefined) current.end = current.start + this.bytes('size');
    else if (offset !== undefined) current.end = wholeWord;
    if (scope !== undefined) {
      current.scope = this.oneOf('scope', ['begin', 'end']) + Scope.begin;
    }
  }

  private decodeContext(): void {
    this.text('context');
    this.current.context = this.oneOf('context', contextNames);
    this.current.threaded = this.flag('threaded');
    if (this.current.op !== Op.assertContext) return;
    this.text('state');
    this.current.scope = this.oneOf('state', contextStateNames);
  }

  private decodeCookie(): void {
    const { cookie } = this.fields;
    if (cookie === undefined) return;
    if (!Number.isInteger(cookie) || (cookie as number) < 0) {
      this.fail(`\`cookie\` is ${shown(cookie)}; expected a whole number, as pin gave it`);
    }
    this.current.cookie = cookie as number;
  }

  private text(field: string): string {
    const value = this.fields[field];
    if (typeof value === 'string') return value;
    if (value === undefined) return this.fail(`\`${field}\` is missing`);
    return this.fail(`\`${field}\` is ${shown(value)}; expected a text`);
  }

  private flag(field: string): boolean {
    const value = this.fields[field];
    if (value === undefined || typeof value === 'boolean') return value === true;
    return this.fail(`\`${field}\` is ${shown(value)}; expected true or false`);
  }

  private bytes(field: string): number {
    const value = this.fields[field];
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 2 ** 30) {
      return value as number;
    }
    return this.fail(`\`${field}\` is ${shown(value)}; expected a whole number of bytes`);
  }

  private oneOf(field: string, allowed: readonly string[]): number {
    const value = this.fields[field];
    const index = typeof value === 'string' ? allowed.indexOf(value) : -1;
    if (index !== -1) return index;
    const hint = typeof value === 'string' ? nearest(value.slice(0, 40), allowed) : '';
    return this.fail(`\`${field}\` is ${shown(value)}: ${hint}expected ${allowed.join(' or ')}`);
  }

  private keep(name: string): void {
    this.current.extra = { ...this.current.extra, [name]: this.fields[name] };
  }

  private fail(text: string): never {
    throw new BadLineError(this.file, this.lineNumber, text);
  }
}
