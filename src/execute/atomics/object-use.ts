/**
 * Which objects threads share: those that more than one thread has used and somebody has changed.
 * Operations on others commute with whatever the rest does.
 *
 * An object counts as not shared until it turns out to be. What has been left out up to then was
 * left out wrongly, and the search begins anew with what is known (`grown`). That finds all of
 * them: the first operation that makes an object shared comes in some execution in which nothing
 * before it was left out wrongly.
 */
export class ObjectUse {
  /** Whether an object has turned out to be shared since this was last set to false. */
  grown = false;
  private readonly users: Int32Array;
  private readonly changed: Uint8Array;

  constructor(words: number) {
    this.users = new Int32Array(words);
    this.changed = new Uint8Array(words);
  }

  isShared(object: number): boolean {
    const users = this.users[object]!;
    return this.changed[object] !== 0 && (users & (users - 1)) !== 0;
  }

  note(object: number, agent: number, changed: boolean): void {
    const users = this.users[object]! | (1 << agent);
    if (users === this.users[object] && (!changed || this.changed[object] !== 0)) return;
    const before = this.isShared(object);
    this.users[object] = users;
    if (changed) this.changed[object] = 1;
    if (!before && this.isShared(object)) this.grown = true;
  }
}
