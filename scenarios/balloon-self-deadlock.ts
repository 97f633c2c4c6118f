import { scenario, type Scenario } from '../src/program/index.ts';
import {
  allocXenballoonedPages,
  balloonProcess,
  makeBalloon,
  onlinePresentBlock,
  type Balloon,
  type BalloonPolicy,
} from '../src/kernel/balloon.ts';

interface World {
  readonly balloon: Balloon;
  readonly policy: BalloonPolicy;
}

const balloonSelfDeadlock: Scenario<World> = scenario({
  name: 'balloon-self-deadlock',
  summary: 'the Xen balloon adds memory under balloon_mutex, and that memory comes online into it',
  source:
    'Vitaly Kuznetsov, "xen_balloon: support memory auto onlining policy" (v4.6); the variant ' +
    'without auto-online is read off the code, not reported',
  setup: (arena, parameters): World => ({
    balloon: makeBalloon(arena),
    policy: {
      autoOnline: parameters['autoOnline'] === true,
      dropsMutex: parameters['dropsMutex'] === true,
    },
  }),
  agents: {
    balloon: function* ({ balloon, policy }) {
      yield* balloonProcess(balloon, policy);
    },
    'sysfs-writer': function* ({ balloon }) {
      yield* onlinePresentBlock(balloon);
    },
    'grant-user': function* ({ balloon }) {
      yield* allocXenballoonedPages(balloon);
    },
  },
  forms: {
    full: {
      summary: 'the balloon grows, an older block comes online, a driver takes a page',
      agents: ['balloon', 'sysfs-writer', 'grant-user'],
      strategy: 'dfs',
    },
  },
  variants: {
    broken: {
      summary: 'auto-online under balloon_mutex: xen_online_page() waits for its own caller',
      parameters: { autoOnline: true, dropsMutex: false },
      shows: [{ kind: 'deadlock', about: ['balloon_mutex, which it holds itself'] }],
      // Where the sysfs writer is first, the two orders are those of the variant below.
      allows: [{ kind: 'deadlock', about: ['mem_hotplug_lock', 'balloon_mutex'] }],
    },
    'broken-without-auto-online': {
      summary: 'balloon_mutex, then mem_hotplug_lock; the store comes the other way round',
      parameters: { autoOnline: false, dropsMutex: false },
      shows: [
        { kind: 'deadlock', about: ['balloon', 'sysfs-writer', 'balloon_mutex'] },
        { kind: 'lock-inversion', level: 'possible', about: ['balloon_mutex'] },
      ],
      allows: [{ kind: 'lock-inversion', level: 'possible', about: ['memory device_lock'] }],
    },
    fixed: {
      summary: 'balloon_mutex is dropped around add_memory_resource()',
      parameters: { autoOnline: true, dropsMutex: true },
    },
  },
});

export default balloonSelfDeadlock;
