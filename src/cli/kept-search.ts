import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Strategy } from '../execute/strategy.ts';
import type { Program } from '../execute/program.ts';
import { UserError } from '../program/errors.ts';
import { stateOf } from '../schedule/checkpoint-file.ts';
import type { ExploreOptions } from '../schedule/explore.ts';
import type { SearchState } from '../schedule/search-state.ts';
import { PieceByPiece } from '../schedule/strategies/piece-by-piece.ts';
import { dividerOf, switchesOn, unbounded } from '../schedule/strategies/registry.ts';
import { Checkpointer } from './checkpointer.ts';
import type { Keeper } from './keeper.ts';
import type { ExploreCommandOptions } from './options.ts';
import type { SavedSearch } from './saved-search.ts';
import type { FoundScenario } from './scenarios.ts';

/** How a search is run, and saved if it can be. */
export interface KeptSearch {
  readonly strategy: Strategy;
  readonly options: Pick<ExploreOptions, 'resumed' | 'checkpoints'>;
  readonly checkpointer: Checkpointer | undefined;
}

interface Keeping {
  readonly found: FoundScenario;
  readonly options: ExploreCommandOptions;
  readonly saved: SavedSearch | undefined;
  readonly keeper: Keeper;
}

/**
 * How a strategy searches a program, and where that is saved.
 *
 * @throws UserError if it is to go on with a search that was saved, and cannot
 */
export function keptSearch(program: Program, strategy: Strategy, keeping: Keeping): KeptSearch {
  const { options, saved, found, keeper } = keeping;
  const divider = dividerOf(strategy.name, options);
  if (divider === undefined) {
    if (saved !== undefined) throw new UserError(`${saved.path}: ${neverThrough(strategy)}`);
    return { strategy, options: {}, checkpointer: undefined };
  }
  const { variant, form } = program.choice;
  const { seed, preemptions, delays, equivalence } = options;
  const path = options.checkpoint ?? saved?.path;
  const bounds = delays < unbounded ? { preemptions, delays } : { preemptions };
  const coarse = equivalence === 'traces' || strategy.name !== 'dpor' ? {} : { equivalence };
  const which = { ...bounds, ...coarse, ...switchesOn(options) };
  const of = { variant, form, strategy: strategy.name, seed, ...which };
  const place = { path: path ?? keeper.checkpointPath(variant, form), found, of };
  const checkpointer = new Checkpointer({ ...place, named: path !== undefined }, program);
  if (saved !== undefined && !checkpointer.isOf(saved.file.of.program)) {
    throw new UserError(`${saved.path} is of another program: the scenario has changed since`);
  }
  const resumed =
    saved === undefined ? undefined : stateOf(saved.file, program.subject, saved.path);
  const save = (state: SearchState): Promise<void> => checkpointer.save(state);
  const from =
    resumed === undefined
      ? undefined
      : { rest: resumed.rest, executions: resumed.counts.executions };
  return {
    strategy: options.threads > 1 ? strategy : new PieceByPiece(strategy, divider, from),
    options: { resumed, checkpoints: { seconds: options.checkpointEvery, save } },
    checkpointer,
  };
}

/** @throws UserError unless a checkpoint can be written of what the strategy does, and there */
export function requireSavable(strategy: Strategy, options: ExploreCommandOptions): void {
  const folder = dirname(options.checkpoint!);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UserError(`\`--checkpoint ${options.checkpoint}\`: there is no folder ${folder}`);
  }
  if (dividerOf(strategy.name, options) !== undefined) return;
  throw new UserError(
    `\`--checkpoint\` saves searches by dpor, dfs, preemptions, delays and states: ${neverThrough(
      strategy,
    )}`,
  );
}

function neverThrough({ name }: Strategy): string {
  return `${name} is never through, and any of its executions can be run by itself`;
}
