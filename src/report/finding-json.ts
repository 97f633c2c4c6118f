import { Mode } from '../check/held-locks.ts';
import type { HeldLock, Party } from '../check/finding.ts';
import { placeText } from '../trace/places.ts';
import type { FindingRecord } from '../schedule/finding-record.ts';
import { runsOf, type ScheduleFile, scheduleVersion } from '../schedule/schedule-file.ts';
import { heldAt } from './account-text.ts';
import { confirmationJson } from './confirmation-text.ts';
import { dependenceJson } from './dependence-text.ts';
import { findingText } from './finding-text.ts';
import type { ProgramName } from './program-name.ts';
import { sitesIn, sitesOf } from './sites.ts';

/** A finding for programs; field names are part of the command line's interface. @public */
export function findingJson(record: FindingRecord): Record<string, unknown> {
  const { finding, subject } = record;
  const held = (lock: HeldLock): Record<string, unknown> => ({
    lock: subject.name(lock.object),
    class: subject.className(lock.object),
    mode: lock.mode === Mode.write ? 'write' : 'read',
  });
  const party = (one: Party): Record<string, unknown> => {
    const agent = subject.agentNames[one.agent]!;
    const place = sitesIn(finding.stack, agent)[0] ?? sitesOf(record, one.event)[0];
    return {
      agent,
      action: one.action,
      object: one.object === 0 ? null : subject.name(one.object),
      class: one.object === 0 ? null : subject.className(one.object),
      at: place === undefined ? null : placeText(place),
      function: place?.function ?? null,
      held: heldAt(record, one).map(held),
      ...(one.from === undefined ? {} : { from: held(one.from) }),
    };
  };
  return {
    kind: finding.kind,
    level: finding.level,
    title: finding.title,
    fingerprint: record.fingerprint,
    occurrences: record.occurrences,
    steps: record.steps.agents.length,
    preemptions: record.preemptions,
    parties: finding.parties.map(party),
    alsoStuck: (finding.alsoStuck ?? []).map(party),
    guards: (finding.guards ?? []).map((guard) => subject.name(guard)),
    origin: record.origin,
    ...(record.dependence === undefined
      ? {}
      : { dependsOn: dependenceJson(record, record.dependence) }),
    ...(record.confirmation === undefined
      ? {}
      : { confirmation: confirmationJson(record.confirmation, record) }),
    text: findingText(record),
  };
}

/** The schedule file that shows a finding. */
export function scheduleFileOf(record: FindingRecord, program: ProgramName): ScheduleFile {
  const { finding, fingerprint, origin, preemptions, steps, subject } = record;
  return {
    heddleSchedule: scheduleVersion,
    scenario: program.scenario,
    ...(program.scenarioFile === undefined ? {} : { scenarioFile: program.scenarioFile }),
    variant: program.variant,
    form: program.form,
    ...(program.kill === undefined ? {} : { kill: program.kill }),
    seed: origin.seed,
    strategy: origin.strategy,
    execution: origin.execution,
    preemptions,
    finding: { kind: finding.kind, level: finding.level, title: finding.title, fingerprint },
    schedule: runsOf(steps, subject),
  };
}
