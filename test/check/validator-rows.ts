/**
 * The rows of the kernel's lock validator test (lib/locking-selftest.c, v6.12), made from what each
 * group does: events in every order, for every kind of lock. Wound/wait rows are in
 * `wound-wait-rows.ts`.
 *
 * Steps: `+A` acquires, `-A` releases, `*A` initialises; `A`, `B` ... are taken in the row's kind
 * of lock, `Aw` for writing, `AR` for reading that may overtake, `Ar` for reading that queues.
 * `(` and `)` mask interrupts and let them in, `<` and `>` enter and leave a handler.
 */
export interface ValidatorRow {
  readonly name: string;
  readonly expect: 'silent' | 'report';
  /** The kinds of findings of which one must be there. */
  readonly kinds: readonly string[];
  readonly trace: readonly string[];
}

interface LockKind {
  readonly name: string;
  readonly kind: string;
  readonly mode: string;
}

/** The seven ways to lock of the test, and which of them may overtake. */
const lockKinds: readonly LockKind[] = [
  { name: 'spin', kind: 'spin', mode: 'write' },
  { name: 'wlock', kind: 'rwlock', mode: 'write' },
  { name: 'rlock', kind: 'rwlock', mode: 'recursive-read' },
  { name: 'mutex', kind: 'mutex', mode: 'write' },
  { name: 'wsem', kind: 'rwsem', mode: 'write' },
  { name: 'rsem', kind: 'rwsem', mode: 'read' },
  { name: 'rtmutex', kind: 'rtmutex', mode: 'write' },
  // Not in the kernel's test, under the same rules.
  { name: 'raw_spin', kind: 'raw_spin', mode: 'write' },
  { name: 'percpu_rsem', kind: 'percpu_rwsem', mode: 'read' },
  { name: 'percpu_wsem', kind: 'percpu_rwsem', mode: 'write' },
];

const irqKinds = lockKinds.slice(0, 3);
const rwlock: LockKind = { name: 'rwlock', kind: 'rwlock', mode: 'write' };

const modes: Readonly<Record<string, string>> = { w: 'write', r: 'read', R: 'recursive-read' };

/** What the letters of a row stand for. */
interface Meaning {
  /** How a lock without a mode of its own is taken. */
  readonly kind: LockKind;
  /** Locks of another kind. */
  readonly others?: Readonly<Record<string, string>>;
  /** Locks of one class. */
  readonly classes?: Readonly<Record<string, string>>;
  readonly context?: 'hardirq' | 'softirq';
  readonly threaded?: boolean;
}

type Event = Readonly<Record<string, unknown>>;

/** The events of a row's steps, as lines of a trace. */
function traceOf(steps: string, meaning: Meaning): string[] {
  const { kind, others = {}, classes = {}, context = 'hardirq', threaded = true } = meaning;
  const locks: Record<string, object> = {};
  const events = steps
    .split(' ')
    .filter((step) => step !== '')
    .map((step): Event => {
      const irq = irqEvent(step, context, threaded);
      if (irq !== undefined) return irq;
      const [, sign, lock = '', mode = ''] = /^([+*-])([A-Z]\d?)([wrR]?)$/.exec(step)!;
      locks[lock] = { class: classes[lock] ?? lock, kind: others[lock] ?? kind.kind };
      if (sign === '-') return { op: 'release', lock };
      if (sign === '*') return { op: 'init', lock };
      return { op: 'acquire', lock, mode: mode === '' ? kind.mode : modes[mode] };
    });
  return linesOf(locks, events);
}

function irqEvent(step: string, context: string, threaded: boolean): Event | undefined {
  const [bracket = '', other] = step.split(':');
  const of = other ?? context;
  const ops: Readonly<Record<string, string>> = {
    '(': 'irq-disable',
    ')': 'irq-enable',
    '<': 'irq-enter',
    '>': 'irq-exit',
  };
  const op = ops[bracket];
  if (op === undefined) return undefined;
  return op === 'irq-enter' && of === 'hardirq'
    ? { op, context: of, threaded }
    : { op, context: of };
}

export function linesOf(locks: object, events: readonly Event[]): string[] {
  const header = { heddleTrace: 1, locks, options: { waitContexts: true } };
  return [header, ...events.map((event) => ({ agent: 'P0', ...event }))].map((line) =>
    JSON.stringify(line),
  );
}

function row(
  name: string,
  kinds: readonly string[],
  steps: string,
  meaning: Meaning,
): ValidatorRow {
  const expect = kinds.length === 0 ? 'silent' : 'report';
  return { name, expect, kinds, trace: traceOf(steps, meaning) };
}

/** `AB BC` for "A then B, let go; B then C, let go". */
function pairs(text: string): string {
  return text
    .split(' ')
    .map(([first, second]) => `+${first!} +${second!} -${second!} -${first!}`)
    .join(' ');
}

/** All orders of a list. */
export function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((one, at) =>
    permutations([...list.slice(0, at), ...list.slice(at + 1)]).map((rest) => [one, ...rest]),
  );
}

/** Groups that every kind of lock goes through, in whatever order its pairs come. */
export function plainRows(): ValidatorRow[] {
  const rings = {
    ABBA: 'AB BA',
    ABBCCA: 'AB BC CA',
    ABCABC: 'AB CA BC',
    ABBCCDDA: 'AB BC CD DA',
    ABCDBDDA: 'AB CD BD DA',
    ABCDBCDA: 'AB CD BC DA',
  };
  return lockKinds.flatMap((kind) => {
    const overtakes = kind.mode === 'recursive-read';
    const expected = (of: string): string[] => (overtakes ? [] : [of]);
    const { name } = kind;
    const classes = { A: 'X', B: 'X' };
    return [
      row(`AA ${name}`, expected('recursive-locking'), '+A +B', { kind, classes }),
      ...Object.entries(rings).flatMap(([ring, text]) =>
        permutations(text.split(' ')).map((order) =>
          row(
            `${ring} ${name} ${order.join()}`,
            expected('lock-inversion'),
            pairs(order.join(' ')),
            {
              kind,
            },
          ),
        ),
      ),
      row(`double unlock ${name}`, ['bad-unlock'], '+A -A -A', { kind }),
      row(`init of a held lock ${name}`, ['held-lock-reinitialised'], '+A *A', { kind }),
    ];
  });
}

/** Readers and writers of one lock, and of one class. */
export function readerRows(): ValidatorRow[] {
  const classes = { A: 'X', B: 'X' };
  const sem: LockKind = { name: 'rwsem', kind: 'rwsem', mode: 'read' };
  const recursion = ['recursive-locking'];
  const inversion = ['lock-inversion'];
  const mixed = { Y: 'spin' };
  const semMixed = { Y: 'mutex' };
  const rows = [
    row('rlock AA1', [], '+AR +AR', { kind: rwlock }),
    row('rlock AA1B', [], '+AR +BR', { kind: rwlock, classes }),
    row('rlock AA2', recursion, '+AR +Bw', { kind: rwlock, classes }),
    row('rlock AA3', recursion, '+Aw +BR', { kind: rwlock, classes }),
    row('rsem AA1', recursion, '+Ar +Ar', { kind: sem }),
    row('rsem AA1B', recursion, '+Ar +Br', { kind: sem, classes }),
    row('rsem AA2', recursion, '+Ar +Bw', { kind: sem, classes }),
    row('rsem AA3', recursion, '+Aw +Br', { kind: sem, classes }),
    row('queued rlock AA', recursion, '+Ar +Br', { kind: rwlock, classes }),
    row('queued rlock under overtaking', recursion, '+AR +Br', { kind: rwlock, classes }),
    row('overtaking under queued rlock', [], '+Ar +BR', { kind: rwlock, classes }),
    row('rlock ABBA1', inversion, '+AR +Yw -Y -A +Yw +Aw -A -Y', {
      kind: rwlock,
      others: mixed,
    }),
    row('rlock ABBA2', [], '+AR +Yw -Y -A +Yw +AR -A -Y', { kind: rwlock, others: mixed }),
    row('rlock ABBA3', inversion, '+Aw +Yw -Y -A +Yw +Aw -A -Y', { kind: rwlock, others: mixed }),
    row('rwsem ABBA1', inversion, '+Ar +Yw -Y -A +Yw +Aw -A -Y', { kind: sem, others: semMixed }),
    row('rwsem ABBA2', inversion, '+Ar +Yw -Y -A +Yw +Ar -A -Y', { kind: sem, others: semMixed }),
    row('rwsem ABBA3', inversion, '+Aw +Yw -Y -A +Yw +Aw -A -Y', { kind: sem, others: semMixed }),
    row('rlock chaincache ABBA1', inversion, '+AR +Yw -Y -A +Yw +AR -A -Y +Yw +Aw -A -Y', {
      kind: rwlock,
      others: mixed,
    }),
  ];
  const cycles: readonly (readonly [name: string, edges: readonly string[], strong: boolean])[] = [
    ['W1R2 W2R3 W3R1', ['Xw YR', 'Yw ZR', 'Zw XR'], true],
    ['W1W2 R2R3 W3R1', ['Xw Yw', 'YR ZR', 'Zw XR'], true],
    ['W1W2 R2R3 R3W1 as in its body', ['Xw YR', 'YR ZR', 'Zw Xw'], false],
    ['W1R2 R2R3 W3W1 as in its body', ['Xw Yw', 'YR ZR', 'ZR Xw'], false],
  ];
  for (const [name, edges, strong] of cycles) {
    for (const order of permutations([0, 1, 2])) {
      const steps = order.map((at) => {
        const [one = '', other = ''] = edges[at]!.split(' ');
        return `+${one} +${other} -${other[0]!} -${one[0]!}`;
      });
      const kinds = strong ? inversion : [];
      rows.push(row(`${name} ${order.join('')}`, kinds, steps.join(' '), { kind: rwlock }));
    }
  }
  return rows;
}

/** Locks against interrupts: each group's events in every order, hard and soft. */
export function irqRows(): ValidatorRow[] {
  const state = ['inconsistent-lock-state', 'irq-inversion'];
  const order = ['irq-inversion'];
  const rows: ValidatorRow[] = [];
  const add = (
    name: string,
    kinds: readonly string[],
    events: readonly string[],
    meaning: Meaning,
  ): void => {
    for (const orderOf of permutations(events.map((_, at) => at))) {
      const steps = orderOf.map((at) => events[at]!).join(' ');
      const digits = orderOf.map((at) => at + 1).join('');
      rows.push(row(`${name} ${digits}`, kinds, steps, meaning));
    }
  };
  for (const context of ['hardirq', 'softirq'] as const) {
    for (const kind of irqKinds) {
      const { name } = kind;
      const meaning = { kind, context };
      const reads = name === 'rlock';
      const of = (kinds: readonly string[]): readonly string[] => (reads ? [] : kinds);
      const handler = '< +A -A >';
      add(`irqs on + irq-safe A ${context} ${name}`, of(state), [handler, '+A -A'], meaning);
      add(`safe A + irqs on ${context} ${name}`, of(state), [handler, '( +A ) -A'], meaning);
      const unsafe1 = ['+A +B -B -A', '+B -B', handler];
      add(`safe A + unsafe B #1 ${context} ${name}`, of(state), unsafe1, meaning);
      const unsafe2 = ['( +A +B -B -A )', '+B -B', handler];
      add(`safe A + unsafe B #2 ${context} ${name}`, of(order), unsafe2, meaning);
      const inverted = ['( +Aw +B -B -A )', '+B -B', '< +AR -A >'];
      const others = { A: 'rwlock' };
      add(`irq lock inversion ${context} ${name}`, of(order), inverted, { ...meaning, others });
    }
    for (const kind of irqKinds.slice(1)) {
      const of = (kinds: readonly string[]): readonly string[] =>
        kind.name === 'rlock' ? [] : kinds;
      const meaning = { kind, context };
      const one = ['( +Aw -A )', '+AR -A', '< +A +Bw -B -A >'];
      const others = { B: 'spin' };
      add(`read recursion #1 ${context} ${kind.name}`, of(state), one, { ...meaning, others });
      const two = ['( +Bw +A -A -B )', '+AR -A', '< +Bw -B >'];
      add(`read recursion #2 ${context} ${kind.name}`, of(order), two, { ...meaning, others });
      const three = ['( +Bw +A -A -B )', '+AR -A', '< +BR -B >'];
      add(`read recursion #3 ${context} ${kind.name}`, of(order), three, meaning);
    }
  }
  for (const kind of irqKinds) {
    const kinds = kind.name === 'rlock' ? [] : state;
    const events = ['<:softirq +A -A >:softirq', '(:hardirq +A ):hardirq -A'];
    add(`soft-safe A, then hard irqs on ${kind.name}`, kinds, events, { kind });
  }
  return rows;
}

/** Local locks, readers that queue, and a lock that only hard interrupts mind. */
export function singleRows(): ValidatorRow[] {
  const kind = irqKinds[0]!;
  const others = { L: 'local_lock' };
  const order = ['irq-inversion'];
  const safe = '< +A -A >';
  const local = '( +A +L -L -A )';
  const queued = { kind: rwlock };
  return [
    row('local lock 2', [], `+L -L ${safe} ${local}`, { kind, others }),
    row('local lock 3A', [], `+L +B -B -L ${safe} ${local}`, { kind, others }),
    row('local lock 3B', order, `+L +B -B -L ${safe} ${local} ( +A +B -B -A )`, { kind, others }),
    row('fs_reclaim correct nesting', [], '+F -F', { kind, others: { F: 'map' } }),
    row('fs_reclaim wrong nesting', ['recursive-locking'], '+F +F -F -F', {
      kind,
      others: { F: 'map' },
    }),
    row('fs_reclaim protected nesting', [], '+F -F', { kind, others: { F: 'map' } }),
    row('queued rlock RE Er', ['lock-inversion'], '< +AR +Bw -B -A > ( +Bw +Ar -A -B )', queued),
    row('queued rlock ER rE', [], '< +Bw +AR -A -B > ( +Ar +Bw -B -A )', queued),
    row('queued rlock inversion', order, '< +Bw -B > ( +Bw +Ar -A -B ) +Ar -A', queued),
    row(
      'hardirq deadlock, softirq none',
      order,
      '+M ( +C -C ) -M < +A -A > ( +A +B -B -A ) ( +B +C -C -B ) ' +
        '<:softirq +D -D >:softirq (:softirq +D -D ):softirq ( +C +D -D -C )',
      { kind, others: { M: 'mutex' } },
    ),
  ];
}

/** What may be taken in which surroundings: levels of lockdep_types.h. */
export function waitContextRows(): ValidatorRow[] {
  const surroundings: readonly (readonly [
    name: string,
    before: string,
    after: string,
    level: number,
  ])[] = [
    ['hardirq', '<', '>', 3],
    ['hardirq that is not threaded', '<', '>', 2],
    ['softirq', '<:softirq', '>:softirq', 3],
    ['RCU', '+RR', '-R', 3],
    ['RCU-bh', '(:softirq +HR', '-H ):softirq', 3],
    ['RCU-sched', '+SR', '-S', 2],
    ['raw spin lock', '+Aw', '-A', 2],
    ['spin lock', '+Bw', '-B', 3],
    ['mutex', '+Mw', '-M', 5],
  ];
  const wanted = [
    ['RCU', '+RR -R', 1],
    ['raw spin lock', '+Cw -C', 2],
    ['spin lock', '+Dw -D', 3],
    ['mutex', '+Nw -N', 4],
  ] as const;
  const others = {
    R: 'rcu',
    H: 'rcu',
    S: 'rcu',
    A: 'raw_spin',
    B: 'spin',
    M: 'mutex',
    C: 'raw_spin',
    D: 'spin',
    N: 'mutex',
  };
  return surroundings.flatMap(([outer, before, after, level]) =>
    wanted.map(([inner, steps, needs]) =>
      row(
        `${inner} in ${outer}`,
        needs > level ? ['invalid-wait-context'] : [],
        `${before} ${steps} ${after}`,
        {
          kind: irqKinds[0]!,
          others,
          classes: { S: 'rcu_sched' },
          threaded: !outer.includes('not threaded'),
        },
      ),
    ),
  );
}
