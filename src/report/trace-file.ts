import { writeFileSync } from 'node:fs';
import type { Details } from '../execute/details.ts';
import { UserError } from '../program/errors.ts';
import { eventLine, headerLine } from '../trace/format/jsonl-writer.ts';
import { TraceNames } from '../trace/format/trace-names.ts';
import { LiveTrace } from '../trace/live-trace.ts';
import { placeText } from '../trace/places.ts';
import type { Subject } from '../trace/subject.ts';
import { sitesIn } from './sites.ts';

/** An execution that was replayed with its places, as the lines of a heddle-trace. */
export function traceLines(subject: Subject, details: Details, source: string): string[] {
  const names = new TraceNames();
  const lines: string[] = [];
  const live = new LiveTrace(subject, names, {
    event: (event) => void lines.push(eventLine(event, names)),
  });
  const { log, stacks } = details;
  for (let event = 0; event < log.length; event++) {
    const agent = log.agent(event);
    const [site] = sitesIn(stacks[event], subject.agentNames[agent] ?? '?');
    live.place = site === undefined ? '' : `${placeText(site)} in ${site.function}`;
    live.event(log.kind(event), agent, log.object(event), log.argument(event), log.result(event));
  }
  return [headerLine(names, source), ...lines];
}

/** @throws UserError if the file cannot be written */
export function writeTraceFile(
  path: string,
  subject: Subject,
  details: Details,
  source: string,
): void {
  try {
    writeFileSync(path, `${traceLines(subject, details, source).join('\n')}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`\`--trace\`: ${path} cannot be written (${code ?? String(error)})`);
  }
}
