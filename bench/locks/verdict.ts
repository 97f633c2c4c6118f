import type { Contender } from './contender.ts';
import type { MeetingRate } from './meeting-bench.ts';
import { meetings } from './meetings.ts';
import type { BadRow, Row } from './row.ts';

/** Compares our rows with theirs, and readers' scaling with the machine's own. */
export class Verdict {
  private readonly rows: { readonly contender: Contender; readonly row: Row }[] = [];
  private readonly meetings: MeetingRate[] = [];
  private readonly bad: { readonly contender: Contender; readonly row: BadRow }[] = [];

  add(contender: Contender, rows: readonly (Row | BadRow)[]): void {
    for (const row of rows) {
      if ('problem' in row) this.bad.push({ contender, row });
      else this.rows.push({ contender, row });
    }
  }

  addMeetings(rates: readonly MeetingRate[]): void {
    this.meetings.push(...rates);
  }

  /** Says it; false if one of theirs was faster than the best of ours, or ours is wrong. */
  print(): boolean {
    process.stdout.write('\n');
    this.printScaling();
    const faster = this.rows.filter(({ contender, row }) => {
      if (contender.side !== 'theirs') return false;
      const best = this.best(contender, row);
      return best !== undefined && row.perCpuSecond > best.row.perCpuSecond;
    });
    for (const { contender, row } of faster) {
      const best = this.best(contender, row)!;
      const times = row.perCpuSecond / best.row.perCpuSecond;
      process.stdout.write(
        `FASTER: ${contender.name}, ${row.threads} threads, ${row.share} % reads: ` +
          `${times.toFixed(2)} times ${best.contender.name}, ` +
          `fairness ${row.jain.toFixed(2)} and ${best.row.jain.toFixed(2)}\n`,
      );
    }
    const behind = this.printMeetings();
    const ours = this.bad.filter(({ contender }) => contender.side === 'ours');
    for (const { row } of ours) {
      process.stdout.write(`WRONG: ${row.contender}: ${row.problem}\n`);
    }
    const none = faster.length === 0 && behind === 0;
    if (none) process.stdout.write("nobody's lock was faster in any row\n");
    return none && ours.length === 0;
  }

  /** Says where theirs met more often; how many rows that are. */
  private printMeetings(): number {
    let faster = 0;
    for (const { name, threads, perCpuSecond } of this.meetings) {
      const { family, side } = meetings[name]!;
      if (side === 'ours') continue;
      const ours = this.meetings.find((one) => {
        const other = meetings[one.name]!;
        return other.family === family && other.side === 'ours' && one.threads === threads;
      });
      if (ours !== undefined && perCpuSecond <= ours.perCpuSecond) continue;
      faster++;
      const times =
        ours === undefined
          ? 'ours hangs'
          : `${(perCpuSecond / ours.perCpuSecond).toFixed(2)} times ${ours.name}`;
      process.stdout.write(`FASTER: ${name}, ${threads} threads: ${times}\n`);
    }
    return faster;
  }

  /** The best of ours at the same place. */
  private best(
    { family }: Contender,
    { threads, share }: Row,
  ): { readonly contender: Contender; readonly row: Row } | undefined {
    return this.rows
      .filter(({ contender, row }) => {
        const same = contender.family === family && row.threads === threads && row.share === share;
        return same && contender.side === 'ours';
      })
      .toSorted((one, other) => other.row.perCpuSecond - one.row.perCpuSecond)[0];
  }

  private printScaling(): void {
    for (const [name, share] of [
      ['busy loop', 100],
      ['PercpuRwSemaphore', 100],
    ] as const) {
      const find = (threads: number): Row | undefined =>
        this.rows.find(
          ({ contender, row }) =>
            contender.family === 'readers and writers' &&
            contender.name.includes(name) &&
            row.share === share &&
            row.threads === threads,
        )?.row;
      const [one, two] = [find(1), find(2)];
      if (one === undefined || two === undefined) continue;
      const rate = (two.perSecond / one.perSecond).toFixed(2);
      const each = ((2 * two.perCpuSecond) / one.perCpuSecond).toFixed(2);
      process.stdout.write(
        `${name}: two readers ${rate} times one; by processor time, ${each} times\n`,
      );
    }
  }
}
