/**
 * What an agent yields. An operation is plain data (kind, object, argument); `kinds.ts` names the
 * kinds and `operation-table.ts` says what each does.
 */

/**
 * One visible operation. It takes effect when an agent does `yield*` on it, and `yield*` returns
 * its result. An operation that is made and not yielded is an error: see {@link
 * ForgottenYieldError}.
 *
 * @public
 */
export interface Operation<T> {
  [Symbol.iterator](): Iterator<undefined, T, undefined>;
}

/**
 * The type of an agent's functions: `function* f(): Step<number>` performs operations and returns a
 * number.
 *
 * @public
 */
export type Step<T = void> = Generator<undefined, T, undefined>;
