import { Kind } from '../kinds.ts';
import { MutexAt, RegionAt } from '../layout.ts';
import { Access, annotation, row, type OperationKind } from './row.ts';

/** Time, memory that comes and goes, annotations, and events that only executors make. */
export const otherOperations: Readonly<Record<number, OperationKind>> = {
  [Kind.pause]: row('pause', { access: Access.none }),
  [Kind.sleep]: row('sleep', { access: Access.none }),
  [Kind.retry]: row('retry', { access: Access.none, timed: true }),

  [Kind.retire]: row('retire', { effect: (m, _a, o) => ((m[o + RegionAt.retired] = 1), 0) }),
  [Kind.revive]: row('revive', { effect: (m, _a, o) => ((m[o + RegionAt.retired] = 0), 0) }),
  [Kind.initLock]: row('initLock', {
    // Mutex and SpinLock only: nobody holds it from now on, whoever did.
    effect: (m, _a, o) => {
      m[o + MutexAt.state] = 0;
      m[o + MutexAt.owner] = 0;
      return 0;
    },
  }),

  [Kind.assertHeld]: annotation('assertHeld'),
  [Kind.assertHeldWrite]: annotation('assertHeldWrite'),
  [Kind.assertHeldRead]: annotation('assertHeldRead'),
  [Kind.assertNotHeld]: annotation('assertNotHeld'),
  [Kind.enterSection]: annotation('enterSection'),
  [Kind.leaveSection]: annotation('leaveSection'),
  [Kind.assertNoneHeld]: annotation('assertNoneHeld'),
  [Kind.attempt]: annotation('attempt'),
  [Kind.progress]: annotation('progress'),
  [Kind.forget]: annotation('forget'),
  [Kind.wait]: annotation('wait'),
  [Kind.exit]: annotation('exit'),
  [Kind.stall]: annotation('stall'),
};
