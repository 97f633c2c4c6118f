import * as v from 'valibot';
import { UserError } from '../../../program/errors.ts';
import { issueText } from '../../../program/schema-issue.ts';
import type { Division, Plain, Task } from '../division.ts';
import { PieceList } from '../piece-list.ts';
import { isBeginning, type PlainBeginning } from './parsimonious/beginnings.ts';
import { isBeginnings, type BeginningsPiece } from './piece.ts';
import { Trunk } from './trunk.ts';

const beginning = v.custom<PlainBeginning>(isBeginning, 'no beginning of an execution');
const saving = v.looseObject({ beginnings: v.optional(v.array(beginning)) });

/** Which division a task is of, and its number there. */
interface Part {
  readonly of: Division;
  readonly task: number;
}

/**
 * `dpor` divided: a trunk, from which the search begins, and beginnings of executions. Only the
 * thread that runs the first piece learns which of the two ways to search is the program's. If it
 * keeps wakeup trees, all pieces are of the trunk. If not, each beginning is a search by itself:
 * which executions follow from it, and which of those stands for what else, depends on it alone.
 */
export class DporDivision implements Division {
  private readonly trunk: Trunk;
  private readonly list: PieceList;
  private readonly tasks = new Map<number, Part>();
  private count = 0;

  private constructor(trunk: Trunk, pieces: readonly BeginningsPiece[]) {
    this.trunk = trunk;
    this.list = new PieceList(pieces);
  }

  /** The whole search. */
  static begin(): DporDivision {
    return new DporDivision(Trunk.begin(), []);
  }

  /** @throws UserError if it is not of the form that `save` gives */
  static load(saved: Plain): DporDivision {
    const outcome = v.safeParse(saving, saved);
    if (!outcome.success) throw new UserError(`\`rest\`: ${issueText(saving, outcome.issues[0])}`);
    const { beginnings = [], ...trunk } = outcome.output;
    const pieces = beginnings.map((one) => ({ beginnings: [one] }));
    return new DporDivision(Trunk.load(trunk), pieces);
  }

  get running(): number {
    return this.tasks.size;
  }

  get waits(): boolean {
    return this.list.waits || this.trunk.waits;
  }

  take(): Task | undefined {
    const of = this.list.waits ? this.list : this.trunk;
    const taken = of.take();
    if (taken === undefined) return undefined;
    const task = this.count++;
    this.tasks.set(task, { of, task: taken.task });
    return { task, piece: taken.piece };
  }

  give(task: number, share: Plain): void {
    if (isBeginnings(share)) this.list.add(share);
    else this.trunk.give(this.tasks.get(task)!.task, share);
  }

  putBack(task: number): void {
    const part = this.tasks.get(task)!;
    this.tasks.delete(task);
    part.of.putBack(part.task);
  }

  done(task: number): void {
    const part = this.tasks.get(task)!;
    this.tasks.delete(task);
    part.of.done(part.task);
  }

  answer(task: number, question: Plain): Plain {
    return this.trunk.answer(this.tasks.get(task)!.task, question);
  }

  save(rests: ReadonlyMap<number, Plain>): Plain {
    const ofTrunk = new Map<number, Plain>();
    const pieces = this.list.save(new Map()) as BeginningsPiece[];
    for (const [task, part] of this.tasks) {
      const rest = rests.get(task);
      if (isBeginnings(rest)) pieces.push(rest);
      else if (part.of === this.trunk) ofTrunk.set(part.task, rest);
    }
    const beginnings = pieces.flatMap((piece) => piece.beginnings);
    return { ...this.trunk.save(ofTrunk), beginnings };
  }
}
