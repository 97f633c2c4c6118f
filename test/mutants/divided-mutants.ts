import type { Mutant } from './mutants.ts';

const divided = ['schedule/dpor-divided.test.ts'];
const bounds = ['schedule/bounded-divided.test.ts'];
const statesSaved = ['schedule/states-saved.test.ts'];
const classes = ['schedule/classes-divided.test.ts'];
const classDivision = 'schedule/strategies/classes/class-division.ts';
const trunk = 'schedule/strategies/dpor/trunk.ts';

/** Faults in searches that are divided or saved, and in estimates of dpor. */
export const dividedMutants: readonly Mutant[] = [
  {
    name: 'divided dpor: a sequence that a younger sibling could begin is dropped',
    file: trunk,
    from: 'if (child.node === undefined || child.whole) return;',
    to: 'return;',
    tests: divided,
  },
  {
    name: 'divided dpor: pieces begin where somebody sleeps',
    file: trunk,
    from: 'this.add(of, step, ends || asleep.length === 0)',
    to: 'this.add(of, step, true)',
    tests: divided,
  },
  {
    name: 'divided dpor: elders do not sleep',
    file: trunk,
    from: 'const asleep = this.after(eldersIn(of, of.children.length), step);',
    to: 'const asleep = this.after(of.elders, step);',
    tests: divided,
  },
  {
    name: 'divided dpor: a node goes while an elder is at work',
    file: 'schedule/strategies/dpor/trunk-node.ts',
    from: "if (elder.state !== 'done') return true;",
    to: "if (elder.state === 'waiting') return false;",
    tests: divided,
  },
  {
    name: 'divided dpor: races with steps of the path are nobody’s',
    file: 'schedule/strategies/dpor/ancestors.ts',
    from: 'this.know(parts, depth, this.above!(depth, rows));',
    to: '',
    tests: divided,
  },
  {
    name: 'divided dpor: what is left of a piece is not saved',
    file: trunk,
    from: 'if (rest !== null) trunk.give(task, rest);',
    to: '',
    tests: divided,
  },
  {
    name: 'divided dfs: what was given away is explored all the same',
    file: 'schedule/strategies/dfs.ts',
    from: 'next < 0 ? asleep : asleep | (1 << next)',
    to: 'asleep',
    tests: ['schedule/dfs-divided.test.ts'],
  },
  {
    name: 'divided bounds: one begins while another thread is at work within the one before',
    file: 'schedule/strategies/divide-bounded.ts',
    from: '!pieces.waits && pieces.running === 0 && leftOut',
    to: '!pieces.waits && leftOut',
    tests: bounds,
  },
  {
    name: 'divided bounds: a piece does not say that it leaves something out',
    file: 'schedule/strategies/bounded.ts',
    from: 'if (!this.leftOut) this.tellLeftOut?.();',
    to: '',
    tests: bounds,
  },
  {
    name: 'divided bounds: what was given away is run all the same',
    file: 'schedule/strategies/bounded.ts',
    from: 'next < 0 ? before : done | (1 << next);',
    to: 'next < 0 ? before : done;',
    tests: bounds,
  },
  {
    name: 'checkpoints: states that have been met are not saved',
    file: 'schedule/strategies/states.ts',
    from: 'for (const state of new Float64Array(bytes.buffer)) this.states.add(state);',
    to: '',
    tests: statesSaved,
  },
  {
    name: 'checkpoints: a damaged file is gone on from',
    file: 'schedule/checkpoint-file.ts',
    from: 'if (digestOf(body) !== digest)',
    to: 'if (digest === "")',
    tests: ['schedule/checkpoint-file.test.ts'],
  },
  {
    name: 'estimates: of states, those met twice count little',
    file: 'schedule/strategies/state-probe.ts',
    from: '(2 * (twice + 1))',
    to: '(twice + 1)',
    tests: statesSaved,
  },
  {
    name: 'estimates: of dpor, any agent that can go might come next in the trace',
    file: 'schedule/strategies/dpor-probe.ts',
    from: 'if (step < 0 || !isNext(order, step, agent, at)) continue;',
    to: 'if (step < 0) continue;',
    tests: ['schedule/trace-estimate.test.ts'],
  },
  {
    name: 'divided classes: what was given away is run all the same',
    file: 'schedule/strategies/class-search.ts',
    from: 'this.floor = at + 1;',
    to: '',
    tests: classes,
  },
  {
    name: 'divided classes: answers to choices above a piece are nobody’s',
    file: 'schedule/strategies/class-search.ts',
    from: 'for (const child of node.pending) answers.push({ depth, child });',
    to: '',
    tests: classes,
  },
  {
    name: 'divided classes: an answer is run as often as pieces find it',
    file: classDivision,
    from: 'if (at.keys.has(child.key)) return;',
    to: '',
    tests: classes,
  },
  {
    name: 'divided classes: a word may be compared by some pieces and ordered for others',
    file: classDivision,
    from: 'return compared.length === all.size;',
    to: 'return true;',
    tests: classes,
  },
  {
    name: 'divided classes: orders that are still to be run are not saved',
    file: classDivision,
    from: 'for (const child of share.orders)',
    to: 'for (const child of share.orders.slice(1))',
    tests: classes,
  },
  {
    name: 'divided classes: an answer leads on by what another one is about',
    file: classDivision,
    from: 'head: next === undefined ? head : next.head',
    to: 'head',
    tests: classes,
  },
  {
    name: 'divided classes: what was run before the search began anew counts',
    file: 'schedule/parallel/divided-thread.ts',
    from: 'this.inVain = this.counts;',
    to: '',
    tests: ['schedule/explore-divided.test.ts'],
  },
  {
    name: 'divided classes: threads do not look at other ends of a class',
    file: 'schedule/parallel/run-piece-job.ts',
    from: 'if (this.program.invariants.length > 0) strategy.watchEnd?.();',
    to: '',
    tests: ['schedule/explore-divided.test.ts'],
  },
  {
    name: 'checkpoints: of dpor with a bound, who sleeps is not saved',
    file: 'schedule/strategies/bounded-dpor.ts',
    from: 'for (const sleeper of sleepers)',
    to: 'for (const sleeper of sleepers.slice(1))',
    tests: ['schedule/bounded-dpor-saved.test.ts'],
  },
  {
    name: 'checkpoints: of dpor with a bound, it is forgotten that something was left out',
    file: 'schedule/strategies/bounded-dpor.ts',
    from: 'this.leftOut = piece?.leftOut ?? false;',
    to: '',
    tests: ['schedule/bounded-dpor-saved.test.ts'],
  },
];
