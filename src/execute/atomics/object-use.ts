/**
 * Which objects threads share, and how. As long as nobody else has changed an object, an operation
 * that does not change it commutes with whatever the rest does; and any operation, as long as
 * nobody else has used it.
 *
 * An object counts as not shared until it turns out to be. What has been left out up to then was
 * left out wrongly, and the search begins anew with what is known (`grown`). That finds all of
 * them: the first operation that makes an object shared comes in some execution in which nothing
 * before it was left out wrongly.
 */
export class ObjectUse {
  /** Whether an object has turned out to be shared, or shared more, since this was set to false. */
  grown = false;
  private readonly users: Int32Array;
  private readonly changers: Int32Array;

  constructor(words: number) {
    this.users = new Int32Array(words);
    this.changers = new Int32Array(words);
  }

  /** Whether an agent's operation on the object commutes with all that others do. */
  isAlone(object: number, agent: number, mayChange: boolean): boolean {
    const others = ~(1 << agent);
    const changers = this.changers[object]!;
    if ((changers & others) !== 0) return false;
    return !mayChange || changers === 0 || (this.users[object]! & others) === 0;
  }

  note(object: number, agent: number, changed: boolean): void {
    const bit = 1 << agent;
    const users = this.users[object]!;
    const changers = this.changers[object]!;
    const isNewUser = (users & bit) === 0;
    const isNewChanger = changed && (changers & bit) === 0;
    if (!isNewUser && !isNewChanger) return;
    this.users[object] = users | bit;
    if (changed) this.changers[object] = changers | bit;
    // Others' reads were alone as long as nobody else changed it; the changes of its only changer
    // as long as nobody else used it.
    const othersRead = isNewChanger && (changers & (changers - 1)) === 0 && (users & ~bit) !== 0;
    const isSecond = isNewUser && changers !== 0 && (users & (users - 1)) === 0;
    if (othersRead || isSecond) this.grown = true;
  }
}
