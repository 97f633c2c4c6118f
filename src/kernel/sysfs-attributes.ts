import type { Step } from '../program/index.ts';
import type { Device } from './device.ts';
import type { Kernel } from './kernel.ts';

/** An attribute as a directory lists it, where its mode does not follow from what it can do. */
export interface SysfsAttribute {
  /** Below its device's directory. */
  readonly name: string;
  /** 0o644, 0o444 or 0o200. */
  readonly mode: number;
  /** The attribute's show callback; none for a file that can only be written. */
  readonly show?: (kernel: Kernel) => Step<string>;
}

/**
 * online_show() (drivers/base/core.c). All releases.
 *
 * Lock order: the active reference (the caller's), device_lock: it waits while the device goes on-
 * or offline, and reads what it was before or after, nothing in between.
 */
export function* onlineShow(device: Device): Step<string> {
  yield* device.lock.acquire();
  try {
    return (yield* device.offline.read()) === 0 ? '1\n' : '0\n';
  } finally {
    yield* device.lock.release();
  }
}
