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
  if (error instanceof SyntaxError) {
    const where = syntaxErrorPlace(error.stack) ?? locateSyntaxError(url) ?? file;
    return new UserError(`${where} does not load: ${error.name}: ${message}`, options);
  }
  const where = place === undefined ? file : placeText(place);
  const isResolving = 'code' in error && /^ERR_(MODULE|PACKAGE|UNSUPPORTED)/.test(`${error.code}`);
  const kind = isResolving ? '' : `${error.name}: `;
  return new UserError(`${where} does not load: ${kind}${message}`, options);
}

/** "file:line" where the text of a syntax error opens with its place, as Node prints it. */
function syntaxErrorPlace(text: string | undefined): string | undefined {
  const match = /^((?:file:|\/|[A-Za-z]:\\).*):(\d+)$/m.exec(text ?? '');
  return match === null ? undefined : `${fileText(match[1]!)}:${match[2]}`;
}

/**
 * The place of a syntax error in a plain module, which Node keeps to itself until the error ends
 * the process: so another process is to meet it.
 */
function locateSyntaxError(url: string): string | undefined {
  const program = `await import(${JSON.stringify(url)})`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: locateMsMax,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return syntaxErrorPlace(stderr);
}
