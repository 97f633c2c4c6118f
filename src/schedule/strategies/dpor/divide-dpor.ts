import type { Ask, Divider, PieceStrategy, Plain } from '../division.ts';
import { Dpor } from '../dpor.ts';
import type { DporPiece, Insertion, KnownDepth } from './piece.ts';
import { Trunk } from './trunk.ts';

/** How `dpor` is divided: see {@link Trunk}. */
export const dividedDpor: Divider = {
  begin: () => Trunk.begin(),
  load: (saved) => Trunk.load(saved),
  strategy(piece: Plain, ask: Ask): PieceStrategy {
    return new Dpor(piece as DporPiece, (depth, sequence) => {
      const insertion: Insertion = { depth, sequence };
      return ask(insertion) as KnownDepth;
    });
  },
};
