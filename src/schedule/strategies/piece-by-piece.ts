import type { Machine } from '../../execute/machine.ts';
import type { ExecutionOutcome, Progress, Strategy } from '../../execute/strategy.ts';
import type { Divider, Division, PieceStrategy, Plain, Task } from './division.ts';

/** A search that was saved. */
export interface SavedSearch {
  readonly rest: Plain;
  /** Executions that it had run. */
  readonly executions: number;
}

/** A search that can be saved, and go on from where it was saved, on one thread. */
export class PieceByPiece implements Strategy {
  readonly name: string;
  readonly options: Strategy['options'];
  readonly everyStep: boolean;
  readonly repeats: boolean;
  readonly goesOn: boolean;
  readonly missesStates: boolean;
  /** True once all pieces have been run. */
  exhausted = false;
  /** Left out of a search that cannot tell. */
  readonly progress?: () => Progress;
  readonly probe?: (seed: number) => Strategy;
  private readonly divider: Divider;
  private readonly division: Division;
  /** The search as if it were new: its probes are of all of it. */
  private readonly all: Strategy;
  private before: number | undefined;
  private run = 0;
  private task: Task | undefined;
  private piece: PieceStrategy | undefined;
  private pieceBegun = false;
  private endIsWatched = false;

  /**
   * @param all - the search, not begun
   * @param saved - where to go on; default: at the beginning
   */
  constructor(all: Strategy, divider: Divider, saved?: SavedSearch) {
    this.all = all;
    this.name = all.name;
    this.options = all.options;
    this.everyStep = all.everyStep;
    this.repeats = all.repeats;
    this.goesOn = all.goesOn === true;
    this.missesStates = all.missesStates === true;
    if (all.progress !== undefined) this.progress = () => this.progressNow();
    if (all.probe !== undefined) this.probe = (seed) => this.probeNow(seed);
    this.divider = divider;
    this.before = saved?.executions;
    this.division = saved === undefined ? divider.begin() : divider.load(saved.rest);
    this.next();
  }

  get limits(): string {
    return this.told().limits ?? '';
  }

  get beginnings(): number {
    return this.division.beginnings ?? 1;
  }

  watchEnd(): void {
    this.endIsWatched = true;
    this.piece?.watchEnd?.();
  }

  begin(execution: number, agents: number): boolean {
    while (this.piece !== undefined) {
      if (this.piece.begin(execution, agents)) {
        this.pieceBegun = true;
        return true;
      }
      this.division.done(this.task!.task);
      this.next();
    }
    this.exhausted = true;
    return false;
  }

  choose(enabled: number, current: number, machine: Machine): number {
    return this.piece!.choose(enabled, current, machine);
  }

  end(outcome: ExecutionOutcome): void {
    const { beginnings } = this;
    this.run++;
    this.piece!.end(outcome);
    if (this.beginnings === beginnings) return;
    this.run = 0;
    this.before = undefined;
  }

  private progressNow(): Progress {
    const { before, piece } = this;
    // One that was begun here is in one piece, which knows more.
    if (before === undefined && this.inOnePiece) return (piece ?? this.all).progress!();
    return this.told().progress!((before ?? 0) + this.run);
  }

  private probeNow(seed: number): Strategy {
    const { before, piece } = this;
    const one = before === undefined && this.inOnePiece ? piece : undefined;
    return (one ?? this.told()).probe!(seed);
  }

  /** Whether all of a search that is run on one thread is its first piece. */
  private get inOnePiece(): boolean {
    return this.division.tell === undefined;
  }

  private told(): Strategy {
    this.division.tell?.(this.all);
    return this.all;
  }

  save(): Plain {
    const { division, piece, task } = this;
    const rests = new Map<number, Plain>();
    if (piece !== undefined && task !== undefined) {
      if (!this.pieceBegun) {
        division.putBack(task.task);
        const saved = division.save(rests);
        this.next();
        return saved;
      }
      rests.set(task.task, piece.rest());
    }
    return division.save(rests);
  }

  private next(): void {
    this.task = this.division.take();
    this.pieceBegun = false;
    const { task, divider, division } = this;
    this.piece =
      task === undefined
        ? undefined
        : divider.strategy(task.piece, (question) => division.answer(task.task, question));
    if (this.endIsWatched) this.piece?.watchEnd?.();
  }
}
