import fc from 'fast-check';
import type { Listing } from './lock-semantics.ts';
import { access, randomListing, sequence, type Fragment } from './random-listing.ts';

/**
 * Programs in which agents spawn and join others: some twice, some never, some from several sides,
 * some among themselves. The first agent begins by itself.
 */
export function randomSpawnListing(agents: number, statements: number): fc.Arbitrary<Listing> {
  const some = randomListing({ agents: 2, statements }).map(([code]) => code!);
  const plain = fc.array(access, { minLength: 1, maxLength: statements }).map(sequence);
  const body = fc.oneof({ weight: 3, arbitrary: plain }, some);
  const acts = fc.array(
    fc.record({ op: fc.constantFrom('spawn', 'spawn', 'join'), by: fc.nat(), child: fc.nat() }),
    { minLength: 1, maxLength: agents + 1 },
  );
  const bodies = fc.array(fc.array(plain, { maxLength: 2 }), { minLength: 2, maxLength: agents });
  return fc
    .tuple(bodies, fc.array(body, { maxLength: 2 }), acts, fc.nat())
    .map(([codes, more, all, dormant]) => {
      const count = codes.length;
      const children = 1 + (dormant % (count - 1));
      const parts: Fragment[][] = codes.map((code) => [...code]);
      for (const [at, one] of more.entries()) parts[at % count]!.push(one);
      for (const { op, by, child } of all) {
        const target = 1 + (child % children);
        const mine = parts[op === 'spawn' && by % 3 !== 0 ? 0 : by % count]!;
        const place = op === 'join' ? mine.length : by % (mine.length + 1);
        mine.splice(place, 0, [{ op: op as 'spawn' | 'join', child: target }]);
      }
      return parts.map((part, child) => {
        const code = sequence(part);
        if (child === 0 || child > children) return code;
        return sequence([[{ op: 'begin', child }], code, [{ op: 'end', child }]]);
      });
    });
}
