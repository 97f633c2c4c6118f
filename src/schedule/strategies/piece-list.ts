import type { Division, Plain, Task } from './division.ts';

/**
 * A search whose pieces have nothing to do with each other: what each gives away is a piece, and so
 * is what it leaves.
 */
export class PieceList implements Division {
  private readonly waiting: Plain[];
  private readonly tasks = new Map<number, Plain>();
  private count = 0;

  constructor(pieces: readonly Plain[]) {
    this.waiting = [...pieces];
  }

  get running(): number {
    return this.tasks.size;
  }

  get waits(): boolean {
    return this.waiting.length > 0;
  }

  take(): Task | undefined {
    if (this.waiting.length === 0) return undefined;
    const piece = this.waiting.shift();
    const task = this.count++;
    this.tasks.set(task, piece);
    return { task, piece };
  }

  give(_task: number, share: Plain): void {
    this.add(share);
  }

  /** Something more that is to be run. */
  add(piece: Plain): void {
    this.waiting.push(piece);
  }

  putBack(task: number): void {
    this.waiting.unshift(this.tasks.get(task));
    this.tasks.delete(task);
  }

  done(task: number): void {
    this.tasks.delete(task);
  }

  answer(): Plain {
    throw new Error('[internal] a piece of a search that needs nothing asked');
  }

  save(rests: ReadonlyMap<number, Plain>): Plain[] {
    const running = [...this.tasks.keys()].map((task) => rests.get(task));
    return [...running.filter((rest) => rest !== undefined), ...this.waiting];
  }
}
