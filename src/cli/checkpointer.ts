import { rm } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import type { Program } from '../execute/program.ts';
import { UserError } from '../program/errors.ts';
import { writeWhole } from '../report/write-whole.ts';
import { formatCheckpoint, type CheckpointOf } from '../schedule/checkpoint-file.ts';
import { programDigest } from '../schedule/program-digest.ts';
import type { SearchState } from '../schedule/search-state.ts';
import type { FoundScenario } from './scenarios.ts';

/** Where a search is saved, and what it is. */
export interface CheckpointPlace {
  readonly path: string;
  /** Whether the user named the path: then the file stays when it is of no more use. */
  readonly named: boolean;
  readonly found: FoundScenario;
  readonly of: Omit<CheckpointOf, 'scenario' | 'scenarioFile' | 'program'>;
}

/** Writes the checkpoints of one search, each in place of the one before. */
export class Checkpointer {
  /** Whether there is one. */
  written = false;
  private readonly place: CheckpointPlace;
  private readonly program: Program;
  private readonly of: Omit<CheckpointOf, 'program'>;
  /** Of the program; made when it is needed. */
  private digest: string | undefined;

  /** @param program - laid out; nothing is running on it */
  constructor(place: CheckpointPlace, program: Program) {
    this.place = place;
    this.program = program;
    const { path, found, of } = place;
    const { scenario, file } = found;
    const fromThere =
      file === undefined
        ? {}
        : { scenarioFile: relative(dirname(resolve(path)), file).replaceAll(sep, '/') };
    this.of = { scenario: scenario.name, ...fromThere, ...of };
  }

  get path(): string {
    return this.place.path;
  }

  /** Whether a checkpoint with this digest is of the program as it is. */
  isOf(digest: string): boolean {
    return digest === this.ofProgram();
  }

  private ofProgram(): string {
    return (this.digest ??= programDigest(this.program));
  }

  async save(state: SearchState): Promise<void> {
    const { path } = this.place;
    const of: CheckpointOf = { ...this.of, program: this.ofProgram() };
    try {
      await writeWhole(path, formatCheckpoint(of, state, this.program.subject));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new UserError(`the checkpoint ${path} cannot be written: ${code ?? message}`);
    }
    this.written = true;
  }

  /** The search is complete: nothing is left to go on with. */
  async remove(): Promise<void> {
    if (!this.written || this.place.named) return;
    await rm(this.place.path, { force: true });
    this.written = false;
  }
}
