import type { Ask, Divider, PieceStrategy, Plain } from '../division.ts';
import { Dpor } from '../dpor.ts';
import { DporDivision } from './dpor-division.ts';
import type { AnyDporPiece, Insertion, KnownDepth } from './piece.ts';

/** How `dpor` is divided: see {@link DporDivision}. */
export const dividedDpor: Divider = {
  begin: () => DporDivision.begin(),
  load: (saved) => DporDivision.load(saved),
  strategy(piece: Plain, ask: Ask): PieceStrategy {
    return new Dpor(piece as AnyDporPiece, (depth, sequence) => {
      const insertion: Insertion = { depth, sequence };
      return ask(insertion) as KnownDepth;
    });
  },
};
