import { spawnSync } from 'node:child_process';
import { inspect } from 'node:util';
import { UserError } from '../program/errors.ts';
import { fileText, placesOf, placeText } from '../trace/places.ts';

/** How long Node may take to say where a syntax error is, in milliseconds. */
const locateMsMax = 10_000;

/** What to tell a user whose module does not load: in which file, on which line, and why. */
export function loadFailure(url: string, error: unknown): UserError {
  const file = fileText(url);
  if (!(error instanceof Error)) {
    return new UserError(`${file} does not load: it throws ${inspect(error, { depth: 0 })}`);
  }
  const place = placesOf(error.stack)[0];
  // `scenario()` has looked at what the file declares, and has said what is wrong with it.
  if (error instanceof UserError) {
    return new UserError(`${place === undefined ? file : placeText(place)}: ${error.message}`);
  }
  const options = { cause: error };
  const transform = /^(.+):(\d+):\d+: ERROR: (.+)$/m.exec(error.message);
  if (transform !== null) {
    const [, path, line, what] = transform;
    return new UserError(`${fileText(path!)}:${line} does not load: ${what}`, options);
  }
  const [message] = error.message.split('\n');
  // tsx words what it cannot read in a plain module as a parse error at 1:1.
  if (error instanceof SyntaxError || message!.startsWith('Parse error ')) {
    const place = syntaxErrorPlace(error.stack) ?? locateSyntaxError(url);
    const what = place?.message ?? message;
    return new UserError(`${place?.where ?? file} does not load: ${what}`, options);
  }
  const where = place === undefined ? file : placeText(place);
  const { code } = error as NodeJS.ErrnoException;
  const isResolving = /^ERR_(MODULE|PACKAGE|UNSUPPORTED)/.test(code ?? '');
  const kind = isResolving ? '' : `${error.name}: `;
  return new UserError(`${where} does not load: ${kind}${message}`, options);
}

interface SyntaxErrorPlace {
  /** "file:line". */
  readonly where: string;
  /** What Node says is wrong there. */
  readonly message: string | undefined;
}

/** The place that the text of a syntax error opens with, as Node prints it. */
function syntaxErrorPlace(text: string | undefined): SyntaxErrorPlace | undefined {
  const match = /^((?:file:|\/|[A-Za-z]:\\).*):(\d+)$/m.exec(text ?? '');
  if (match === null) return undefined;
  const message = /^SyntaxError: .+$/m.exec(text ?? '')?.[0];
  return { where: `${fileText(match[1]!)}:${match[2]}`, message };
}

/**
 * The place of a syntax error in a plain module, which Node keeps to itself until the error ends
 * the process: so another process is to meet it.
 */
function locateSyntaxError(url: string): SyntaxErrorPlace | undefined {
  const program = `await import(${JSON.stringify(url)})`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: locateMsMax,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return syntaxErrorPlace(stderr);
}
