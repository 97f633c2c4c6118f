import * as v from 'valibot';
import type { Strategy } from '../../execute/strategy.ts';
import { UserError } from '../../program/errors.ts';
import { issueText } from '../../program/schema-issue.ts';
import type { Divider, PieceStrategy, Plain } from './division.ts';
import { PieceList } from './piece-list.ts';

/** A search that is one piece from its beginning to its end. */
interface WholeSearch<Search> extends PieceStrategy {
  /** Tells as if it were that other search. */
  follow(other: Search): void;
}

class UndividedSearch<Search extends WholeSearch<Search>> extends PieceList {
  /** The piece, while it is run and after. */
  search: Search | undefined;

  get beginnings(): number {
    return this.search?.beginnings ?? 1;
  }

  /** @param all - of the same class: what the division is of */
  tell(all: Strategy): void {
    if (this.search !== undefined) (all as Search).follow(this.search);
  }
}

/**
 * How a search is saved, and goes on, that is not divided.
 *
 * @param pieces - what a file has of it: a list of one piece, null for one that is not begun
 * @param make - the search, or what is left of it
 */
export function undivided<Search extends WholeSearch<Search>>(
  pieces: v.GenericSchema<unknown, readonly Plain[]>,
  make: (piece: Plain) => Search,
): Divider {
  let division = new UndividedSearch<Search>([]);
  const divided = (saved: readonly Plain[]): UndividedSearch<Search> => {
    division = new UndividedSearch(saved);
    return division;
  };
  return {
    onThreads: false,
    begin: () => divided([null]),
    load(saved) {
      const outcome = v.safeParse(pieces, saved);
      if (outcome.success) return divided(outcome.output);
      throw new UserError(`\`rest\`: ${issueText(pieces, outcome.issues[0])}`);
    },
    strategy(piece) {
      division.search = make(piece);
      return division.search;
    },
  };
}
