import type { Mutant } from './mutant.ts';

const orders = ['check/locking-selftest.test.ts', 'check/trace-order.test.ts'];
const chains = ['check/lock-chains.test.ts', 'check/trace-order.test.ts'];
const clocks = ['check/vector-clock.test.ts'];
const races = ['check/trace-races.test.ts'];
const predictions = ['check/prediction.test.ts', 'check/std-traces.test.ts'];
const rules = ['check/trace-rules.test.ts'];
const formats = ['trace/format-reader.test.ts'];

const order = 'check/analysis/order';
const predict = 'check/analysis/predict';

/**
 * Faults of the checkers of traces. The first eighteen are the wrong models of a lock validator
 * that the project's notes on checkers count, with how many of its 394 rows each gets wrong.
 */
export const traceMutants: readonly Mutant[] = [
  {
    name: 'traces: overtaking readers are treated as queueing (80 rows)',
    file: `${order}/dependency-graph.ts`,
    from: '  if (wantedMode === Mode.recursiveRead) return exclusive',
    to: '  if (wantedMode > Mode.recursiveRead) return exclusive',
    tests: orders,
  },
  {
    name: 'traces: queueing readers are treated as overtaking (12 rows)',
    file: `${order}/dependency-graph.ts`,
    from: '  if (wantedMode === Mode.recursiveRead) return exclusive',
    to: '  if (wantedMode !== Mode.write) return exclusive',
    tests: orders,
  },
  {
    name: 'traces: all readers are writers (105 rows)',
    file: 'check/analysis/trace-state.ts',
    from: '      mode,\n      tried: event.tried,',
    to: '      mode: Mode.write,\n      tried: event.tried,',
    tests: orders,
  },
  {
    name: 'traces: readers add no edges (24 rows)',
    file: `${order}/order-checker.ts`,
    from: '    if (from === to) return true;',
    to: '    if (from === to || prev.mode !== Mode.write) return true;',
    tests: orders,
  },
  {
    name: 'traces: no strong-path rule (105 rows)',
    file: `${order}/dependency-graph.ts`,
    from: 'const kinds = reached.weak ? edge.kinds & passable : edge.kinds;',
    to: 'const kinds = edge.kinds;',
    tests: orders,
  },
  {
    name: 'traces: that interrupts are enabled is never recorded (131 rows)',
    file: `${order}/irq-checker.ts`,
    from: '    if (agent.irqsOff || synced) return;',
    to: '    if (agent.agent >= 0) return;',
    tests: orders,
  },
  {
    name: 'traces: interrupt states are of the lock alone, no search (49 rows)',
    file: `${order}/irq-checker.ts`,
    from: '    return (ever & both(false)) !== 0 && (ever & both(true)) !== 0;',
    to: '    return ever < 0 && both(false) < 0;',
    tests: orders,
  },
  {
    name: 'traces: read usages are write usages (62 rows)',
    file: `${order}/irq-checker.ts`,
    from: '    const read = used.mode !== Mode.write;\n    if (!usage.set(',
    to: '    const read = used.mode < 0;\n    if (!usage.set(',
    tests: orders,
  },
  {
    name: 'traces: the chain of locks ignores the mode (1 row)',
    file: `${order}/lock-chains.ts`,
    from: '(lock * 9 + subclass + 1) * 4 + mode) * 2',
    to: '(lock * 9 + subclass + 1) * 4 + mode * 0) * 2',
    tests: orders,
  },
  {
    name: 'traces: no wait contexts (11 rows)',
    file: `${order}/wait-context.ts`,
    from: '  if (wanted.outer <= allowed) return;',
    to: '  if (wanted.outer <= WaitLevel.max) return;',
    tests: orders,
  },
  {
    name: 'traces: per-CPU locks are not skipped (2 rows)',
    file: 'check/analysis/lock-classes.ts',
    from: "perCpu: kind === 'local_lock' ||",
    to: 'perCpu:',
    tests: orders,
  },
  {
    name: 'traces: instances in place of classes (17 rows)',
    file: 'check/analysis/lock-classes.ts',
    from: 'const key = `${kind}\\n',
    to: 'const key = `${lock} ${kind}\\n',
    tests: orders,
  },
  {
    name: 'traces: a try is validated as any other (6 rows)',
    file: `${order}/order-checker.ts`,
    from: 'if (tried || heldChains.isPlain(',
    to: 'if (heldChains.isPlain(',
    tests: orders,
  },
  {
    name: 'traces: only cycles of two locks (42 rows)',
    file: `${order}/order-checker.ts`,
    from: '    if (found !== undefined) {\n      const path',
    to: '    if (found !== undefined && found.parent?.parent === undefined) {\n      const path',
    tests: orders,
  },
  {
    name: 'traces: enabling interrupts does not mark what is held (12 rows)',
    file: `${order}/order-checker.ts`,
    from: 'return this.irqs.enabled(agent, event);',
    to: 'return;',
    tests: orders,
  },
  {
    name: 'traces: a new edge is not searched for safe and unsafe (26 rows)',
    file: `${order}/order-checker.ts`,
    from: '    this.irqs.depends(agent, prev, next, site);\n',
    to: '',
    tests: orders,
  },
  {
    name: 'traces: a new usage is not searched (49 rows)',
    file: `${order}/irq-checker.ts`,
    from: '    if (!this.everUsed(irqState)) return;\n',
    to: '    if (irqState >= 0) return;\n',
    tests: orders,
  },
  {
    name: 'traces: the lock that serialises nesting is ignored (6 rows)',
    file: `${order}/recursion.ts`,
    from: '      if (nested) return undefined;\n',
    to: '',
    tests: orders,
  },
  {
    name: 'traces: dependencies stop at an overtaking reader, as in the kernel',
    file: `${order}/order-checker.ts`,
    from: 'if (!entry.tried && entry.mode !== Mode.recursiveRead) break;',
    to: 'if (!entry.tried) break;',
    tests: chains,
  },
  {
    name: 'traces: a search visits a class once, however it came there',
    file: `${order}/dependency-graph.ts`,
    from: 'if (known === false || known === nextWeak) continue;',
    to: 'if (known !== undefined) continue;',
    tests: orders,
  },
  {
    name: 'traces: readers guard as writers do',
    file: `${order}/lock-dependency.ts`,
    from: 'const excluded = mine.mode === Mode.write || theirs.mode === Mode.write;',
    to: 'const excluded = mine.mode >= 0;',
    tests: chains,
  },
  {
    name: 'traces: nothing guards',
    file: `${order}/cycles.ts`,
    from: "level: guards === undefined ? 'possible' : 'guarded',",
    to: "level: 'possible',",
    tests: chains,
  },
  {
    name: 'traces: dependencies cross the border of an interrupt',
    file: `${order}/order-checker.ts`,
    from: '      if (entry.context !== agent.context) break;\n',
    to: '',
    tests: orders,
  },
  {
    name: 'trace races: a read does not learn what its writer knew',
    file: 'check/analysis/races/race-checker.ts',
    from: '    this.clocks.learnOf(agent, writer, writerTick, writerKnew);\n',
    to: '',
    tests: races,
  },
  {
    name: 'trace races: a marked store synchronises as a read-modify-write',
    file: 'check/analysis/races/race-checker.ts',
    from: '    if (marked && reads) {',
    to: '    if (marked) {',
    tests: races,
  },
  {
    name: 'trace races: a scope is over at once',
    file: 'check/analysis/races/race-checker.ts',
    from: 'scope === Scope.begin ? Infinity : tick',
    to: 'tick',
    tests: races,
  },
  {
    name: 'trace races: bytes that were cut off have no past',
    file: 'check/analysis/races/word-cells.ts',
    from: '    rest.writes = this.writes.clone();\n',
    to: '',
    tests: races,
  },
  {
    name: 'trace races: readers order as writers do',
    file: 'check/analysis/races/agent-clocks.ts',
    from: 'if (!shared && readers !== undefined) this.learn(agent, readers);',
    to: 'if (readers !== undefined) this.learn(agent, readers);',
    tests: races,
  },
  {
    name: 'trace races: what an agent knows of the releaser at all it knows of its last release',
    file: 'check/analysis/races/agent-clocks.ts',
    from: '!knows(this.clock(agent), writer, tick)',
    to: '!knows(this.clock(agent), writer, 1)',
    tests: clocks,
  },
  {
    name: 'trace races: copies of clocks get new numbers, and locks keep the old ones',
    file: 'check/analysis/races/agent-clocks.ts',
    from: '      locks[at + Lock.version] = numbers[version]!;\n',
    to: '',
    tests: clocks,
  },
  {
    name: 'predictions: sections of a lock may be left open',
    file: `${predict}/ideal.ts`,
    from: '        this.include(release, store.local.at(release) + 1);\n',
    to: '',
    tests: predictions,
  },
  {
    name: 'predictions: a read may see another write',
    file: `${predict}/trace-store.ts`,
    from: 'if (writer >= 0 && writer !== agent) this.learnOfWrite(own, at, writer);',
    to: '',
    tests: predictions,
  },
  {
    name: 'predictions: a common lock does not keep apart',
    file: `${predict}/deadlock-pattern.ts`,
    from: 'if (chain.some((other) => this.store.heldSets.exclude(other.heldSet, node.heldSet))) {',
    to: 'if (chain.length < 0) {',
    tests: predictions,
  },
  {
    name: 'predictions: nobody waits for the end of an agent',
    file: `${predict}/deadlock-pattern.ts`,
    from: '? (byAgent.get(node.object) ?? [])',
    to: '? []',
    tests: predictions,
  },
  {
    name: 'predictions: anybody may complete what the ring waits for',
    file: `${predict}/deadlock-prediction.ts`,
    from: '      if (!agents.has(agent)) return false;\n',
    to: '',
    tests: predictions,
  },
  {
    name: 'traces: a writer that waits lets readers pass',
    file: 'check/analysis/deadlock-checker.ts',
    from: '        mode === Mode.read &&\n',
    to: '        mode > Mode.recursiveRead &&\n',
    tests: rules,
  },
  {
    name: 'traces: an assertion does not mind the mode',
    file: 'check/analysis/rules-checker.ts',
    from: 'return (held === Mode.write) === (asserted === Mode.write);',
    to: 'return held >= 0;',
    tests: rules,
  },
  {
    name: 'traces: two agents may be inside of a lock',
    file: 'check/analysis/trace-state.ts',
    from: 'if (other !== -1) this.refuse(event, other);',
    to: '',
    tests: rules,
  },
  {
    name: 'trace files: a bad line is told as the one before',
    file: 'trace/format/jsonl-reader.ts',
    from: '    this.lineNumber = line;\n',
    to: '    this.lineNumber = line - 1;\n',
    tests: formats,
  },
];
