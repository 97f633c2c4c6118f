/** The rules of the document that a scenario can have checked; rules.ts says what each means. */
export const ruleNames = [
  'added-under-device-hotplug-lock',
  'reachable-when-added',
  'nobody-inside-on-removal',
  'online-through-device-online',
  'online-type-under-device-hotplug-lock',
  'mem-hotplug-lock-for-writing',
  'device-memory-under-mem-hotplug-lock',
  'readers-hold-mem-hotplug-lock',
  'no-cpu-hotplug-meanwhile',
] as const;

export type RuleName = (typeof ruleNames)[number];
