/** A method or a getter of a lock. */
export type Method = (...given: unknown[]) => unknown;

/**
 * The places at which a method calls another one and has nothing in its hands that it was answered,
 * as its text shows: it calls it in one place; it has no variable up to there whose value came from
 * a call, a getter or shared memory, or which can change; and nothing waits in an unfinished
 * expression. Then only what it was given itself is in its hands, in whichever turn of a loop.
 */
export class Joints {
  /** Names of getters: what they give may be an answer. */
  readonly getters: Set<string> = new Set();
  private readonly known = new Map<Method, Map<string, boolean>>();

  at(method: Method, callee: string): boolean {
    let answers = this.known.get(method);
    if (answers === undefined) this.known.set(method, (answers = new Map<string, boolean>()));
    let answer = answers.get(callee);
    if (answer === undefined) {
      answer = this.holdsNothing(method.toString(), callee);
      answers.set(callee, answer);
    }
    return answer;
  }

  private holdsNothing(text: string, callee: string): boolean {
    const parts = text.split(new RegExp(`\\.${callee}\\b`));
    if (parts.length !== 2 || text.includes('super.')) return false;
    // Without its head, whose parameters count as given.
    const start = parts[0]!.indexOf('{') + 1;
    const body = parts[0]!.slice(start);
    if (parts.some((part) => /(?:^|[;{}])\s*\w+\s*[-+|&^]?=[^=]/.test(part))) return false;
    if (getsOther(parts[0]!.slice(0, start), text.slice(start))) return false;
    if (/\b(?:let|var|function|class|catch|of|in)\b|=>/.test(body)) return false;
    const constants = body.matchAll(/\bconst\s([^=]*)=([^;]*);/g);
    for (const [, names = '', value = ''] of constants)
      if (this.isAnswer(names, value)) return false;
    const unfinished = body.slice(Math.max(body.lastIndexOf(';'), body.lastIndexOf('}')) + 1);
    // What a constant has from this very call, nobody has before the next.
    if (/[;{}]\s*const \w+\s*=\s*this$/.test(body)) return true;
    return !/\bconst\b|[)\]]\s*(?!\|\||&&|\)|\{)[-=!<>+*/%&|^,?:]/.test(unfinished);
  }

  private isAnswer(names: string, value: string): boolean {
    if (/[([`]/.test(value.replaceAll(/\((?=[^)]*\?)/g, ''))) return true;
    const words = `${names.includes('{') ? names : ''} ${value}`.match(/\w+/g) ?? [];
    return words.some((word) => this.getters.has(word));
  }
}

/** Whether a parameter gets another value, be it before the next turn of a loop. */
function getsOther(head: string, rest: string): boolean {
  const names = head.slice(head.indexOf('(')).match(/\w+/g)?.join('|');
  if (names === undefined) return false;
  const assigned = '(?:[-+*/%|&^?]{0,2}=(?![=>])|<<=|>>>?=|\\+\\+|--)';
  const counted = `(?:\\+\\+|--)(?:${names})\\b`;
  return new RegExp(`(?<![.\\w])(?:${names})\\s*${assigned}|${counted}`).test(rest);
}
