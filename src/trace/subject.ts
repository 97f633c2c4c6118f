import type { Arena, ObjectRecord } from '../program/arena.ts';
import type { Declarations } from '../program/declarations.ts';
import { ObjectType } from '../program/kinds.ts';

/**
 * What checkers and reports know of the program whose events they see: agents and objects, by
 * number.
 */
export class Subject {
  readonly agentNames: readonly string[];
  /** One more than the largest object id: the length of tables that are indexed by object. */
  readonly wordCount: number;
  /** The type of the object that starts at a word. */
  readonly types: Uint8Array;
  /** A small dense number for the lock class of the object that starts at a word. */
  readonly classes: Int32Array;
  /** Names of lock classes by that number. */
  readonly classNames: string[] = [];
  /** What is declared of words and lock classes. */
  readonly declarations: Declarations | undefined;
  /** Agents that are to die on the way, as a mask: what they hold then is no mistake of theirs. */
  mortals = 0;
  /** Bases of regions that are retired at the start of an execution. */
  retiredRegions: readonly number[] = [];
  private readonly records: (ObjectRecord | undefined)[];

  constructor(
    agentNames: readonly string[],
    objects: readonly ObjectRecord[],
    wordCount: number,
    declarations?: Declarations,
  ) {
    this.agentNames = agentNames;
    this.declarations = declarations;
    this.wordCount = wordCount;
    this.types = new Uint8Array(wordCount);
    this.classes = new Int32Array(wordCount);
    this.records = new Array<ObjectRecord | undefined>(wordCount).fill(undefined);
    const numbers = new Map<string, number>();
    for (const record of objects) {
      this.types[record.base] = record.type;
      this.records[record.base] = record;
      let number = numbers.get(record.lockClass);
      if (number === undefined) {
        number = this.classNames.push(record.lockClass) - 1;
        numbers.set(record.lockClass, number);
      }
      this.classes[record.base] = number;
    }
  }

  static of(agentNames: readonly string[], arena: Arena): Subject {
    return new Subject(agentNames, arena.objects, arena.memory.length, arena.declarations);
  }

  get agentCount(): number {
    return this.agentNames.length;
  }

  record(object: number): ObjectRecord | undefined {
    return this.records[object];
  }

  /** The object's name for a reader. */
  name(object: number): string {
    return this.records[object]?.name ?? (object === 0 ? 'time' : `word ${object}`);
  }

  className(object: number): string {
    return this.records[object]?.lockClass ?? this.name(object);
  }

  /** The agent that an object of a spawned agent stands for. */
  agentOf(object: number): number {
    return this.agentNames.indexOf(this.name(object));
  }

  /** The object with this name, or -1. */
  named(name: string): number {
    return this.records.findIndex((record) => record?.name === name);
  }

  /**
   * Of a cell of a shared buffer: the parts that accesses are told apart by, of which each has a
   * number of its own from the cell's on. 1: the cell is accessed as a whole only.
   */
  partsOf(_object: number): number {
    return 1;
  }

  regions(): ObjectRecord[] {
    return this.records.filter((record) => record?.type === ObjectType.region) as ObjectRecord[];
  }
}
