import type { Mutant } from './mutant.ts';

const screens = ['check/prediction-screen.test.ts'];
const chains = ['check/order-chains.test.ts'];
const words = ['check/plain-words.test.ts'];

const predict = 'check/analysis/predict';
const order = 'check/analysis/order';
const races = 'check/analysis/races';

/** Faults of the short ways that checkers of traces take, each of which could hide a finding. */
export const screenMutants: readonly Mutant[] = [
  {
    name: 'screens: who holds a lock for reading is guarded against other writers',
    file: `${predict}/word-screen.ts`,
    from: 'return keepsOthersOut(kind, mode) && (!writes || mode === Mode.write);',
    to: 'return keepsOthersOut(kind, mode) && (!writes || mode >= 0);',
    tests: screens,
  },
  {
    name: 'screens: a word whose readers are in no order is no suspect',
    file: `${predict}/word-screen.ts`,
    from: 'numbers[at + Word.flags] = numbers[at + Word.flags]! | Flag.readers;',
    to: '',
    tests: screens,
  },
  {
    name: 'screens: an event is known to who knows those before it',
    file: `${predict}/word-screen.ts`,
    from: 'return other < clock.length && clock[other]! > local;',
    to: 'return other < clock.length && clock[other]! >= local;',
    tests: screens,
  },
  {
    name: 'screens: accesses of others do not keep an agent from being merged with itself',
    file: `${predict}/window-screen.ts`,
    from: 'return alone && this.log.isAlike(',
    to: 'return (alone || row >= 0) && this.log.isAlike(',
    tests: screens,
  },
  {
    name: 'screens: what was read before something was learned stands for what is read after it',
    file: `${predict}/window-screen.ts`,
    from: '    if (learns) own.calm = log.next;',
    to: '',
    tests: screens,
  },
  {
    name: 'screens: what an agent does after it was joined stands for what it did before',
    file: `${predict}/window-screen.ts`,
    from: '        other.calm = log.next;',
    to: '',
    tests: screens,
  },
  {
    name: 'screens: who holds a lock does not make others wait',
    file: `${predict}/wait-screen.ts`,
    from: 'this.edge(this.classOf(held[depth]!.lock), to);',
    to: '',
    tests: screens,
  },
  {
    name: 'screens: no lock of a class waits for another one of it',
    file: `${predict}/wait-screen.ts`,
    from: '    this.edges.number(from, to);\n',
    to: '    if (from === to) return;\n    this.edges.number(from, to);\n',
    tests: screens,
  },
  {
    name: 'screens: where classes are in a ring their locks are not',
    file: `${predict}/replay.ts`,
    from: '  return waits.suspects;\n',
    to: '  return waits.suspects && log.length < 0;\n',
    tests: screens,
  },
  {
    name: 'screens: waits that the store sees are in no ring',
    file: `${predict}/predictor.ts`,
    from: 'if (waitOperations[event.op] === 1) this.nodes?.see(event, setting);',
    to: '',
    tests: screens,
  },
  {
    name: 'screens: what was downgraded is replayed as held for writing',
    file: `${predict}/replay.ts`,
    from: '    else this.held[index] = { ...this.held[index]!, mode: Mode.read };',
    to: '',
    tests: screens,
  },
  {
    name: 'screens: the last row that was replayed is the last event',
    file: `${predict}/replay.ts`,
    from: 'agent.ticks = Math.max(agent.ticks, local + 1);',
    to: 'agent.ticks = local + 1;',
    tests: screens,
  },
  {
    name: 'screens: a read that comes after the write is forgotten with those before it',
    file: `${predict}/word-histories.ts`,
    from: 'agent + 1 || numbers[at + Word.readLocal]! < local) {',
    to: 'agent + 1 || local >= 0) {',
    tests: screens,
  },
  {
    name: 'screens: what is held where a window of the log begins is not held',
    file: `${predict}/window-log.ts`,
    from: '        own.open.push(numbers[Logged.object]!, row);\n',
    to: '',
    tests: screens,
  },
  {
    name: 'chains: a class that is held twice may be settled',
    file: `${order}/held-chains.ts`,
    from: 'if (held[index]!.class === wanted) return false;',
    to: 'if (held[index]!.class === wanted) return true;',
    tests: chains,
  },
  {
    name: 'chains: waits of locks whose classes are settled are not noted',
    file: `${order}/held-chains.ts`,
    from: '    if (depth > 0 && !this.dependencies.isOverfull(wanted.number)) return false;\n',
    to: '',
    tests: chains,
  },
  {
    name: 'chains: one that broke something is settled by the next of its classes',
    file: `${order}/order-checker.ts`,
    from: 'this.chains.settle(chain, Settled.never);',
    to: 'this.chains.settle(chain, Settled.no);',
    tests: chains,
  },
  {
    name: 'chains: a dependency below a lock that is not checked settles its chain',
    file: `${order}/order-checker.ts`,
    from: '} else if (depends && (depth === 0 || held[depth - 1]!.class.checked)) {',
    to: '} else if (depends) {',
    tests: chains,
  },
  {
    name: 'plain words: a write does not mind several readers',
    file: `${races}/plain-words.ts`,
    from: 'if (!this.knowsReaders(-reader - 1, agent, clock)) return false;',
    to: '',
    tests: words,
  },
  {
    name: 'plain words: a write does not mind the last reader',
    file: `${races}/plain-words.ts`,
    from: '} else if (!isKnown(numbers, at + Word.read, agent, clock)) return false;',
    to: '}',
    tests: words,
  },
  {
    name: 'plain words: the second of two readers takes the place of the first',
    file: `${races}/plain-words.ts`,
    from: 'if (reader < 0 || !isKnown(numbers, at + Word.read, agent, clock)) {',
    to: 'if (reader < 0) {',
    tests: words,
  },
  {
    name: 'plain words: a word that gets cells forgets its readers',
    file: `${races}/plain-words.ts`,
    from: 'if (isOne) cell.reads.addOneOf(',
    to: 'if (isOne && agent < 0) cell.reads.addOneOf(',
    tests: words,
  },
  {
    name: 'plain words: forgotten copies of clocks keep their numbers',
    file: `${races}/race-checker.ts`,
    from: '      this.plain.renumberCopies(renumbered);\n',
    to: '',
    tests: words,
  },
  {
    name: 'plain words: forgotten snapshots of held locks keep their numbers',
    file: `${races}/plain-words.ts`,
    from: '      numbers[at + Last.held] = renumbered[old]!;\n',
    to: '',
    tests: words,
  },
  {
    name: 'plain words: a snapshot that was forgotten is gone on with',
    file: `${races}/plain-words.ts`,
    from: 'if (setting !== undefined) setting.heldVersion = -1;',
    to: '',
    tests: words,
  },
  {
    name: 'traces: declared rules are asked about assertions only',
    file: 'check/analysis/rules-checker.ts',
    from: '    if (this.state.names.rules !== undefined) return undefined;\n',
    to: '',
    tests: ['check/trace-declared.test.ts'],
  },
];
