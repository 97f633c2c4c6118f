import type { Arena, Step, Word } from '../program/index.ts';
import { EBUSY, EPERM } from './errno.ts';
import type { Kernel } from './kernel.ts';

/** The events that a report answers (ACPI specification, _OST). */
export const OstEvent = { busCheck: 0, deviceCheck: 1, ejectRequest: 3, ospmEject: 0x103 } as const;

/** What a report says of it. */
export const OstStatus = {
  success: 0,
  failure: 1,
  ejectNotSupported: 0x80,
  deviceInUse: 0x81,
  deviceBusy: 0x82,
  ejectInProgress: 0x84,
} as const;

/** What the firmware was told, oldest first. */
export interface OstReports {
  /** Reports so far; atomic: who cannot queue an event reports without any lock. */
  readonly count: Word;
  /** Event and status of each, for as many as there is room for. */
  readonly events: readonly Word[];
  readonly statuses: readonly Word[];
}

/** Reports that are kept; later ones are only counted. */
const reportsMax = 8;

export function makeOstReports(arena: Arena): OstReports {
  const words = (what: string): Word[] =>
    Array.from({ length: reportsMax }, (_, at) => arena.word(`acpi.ost${at}.${what}`));
  return {
    count: arena.word('acpi.ost_count'),
    events: words('event'),
    statuses: words('status'),
  };
}

/**
 * acpi_evaluate_ost(): tells the firmware. All releases.
 *
 * Lock order: device_hotplug_lock, acpi_scan_lock (the caller's), or none.
 */
export function* acpiEvaluateOst(kernel: Kernel, event: number, status: number): Step {
  const { count, events, statuses } = kernel.ost;
  const at = yield* count.add(1);
  if (at >= reportsMax) return;
  yield* events[at]!.write(event);
  yield* statuses[at]!.write(status);
}

/** The status that acpi_device_hotplug() reports for a result. */
export function ostStatusOf(result: number): number {
  switch (result) {
    case 0:
      return OstStatus.success;
    case -EPERM:
      return OstStatus.ejectNotSupported;
    case -EBUSY:
      return OstStatus.deviceBusy;
    default:
      return OstStatus.failure;
  }
}
