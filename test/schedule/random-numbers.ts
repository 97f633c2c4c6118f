import { Random } from '../../src/execute/random.ts';

/** Random numbers of 32 bits for a test, by its own seed. */
export function random(seed: number): () => number {
  const numbers = new Random();
  numbers.seed(seed, 0);
  return () => numbers.next();
}
