import { styleText } from 'node:util';

/** Colours, or none: NO_COLOR and output that is no terminal are honoured by whoever makes one. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
  readonly dim: (text: string) => string;
}

const asIs = (text: string): string => text;

export const plainStyle: Style = { bold: asIs, red: asIs, yellow: asIs, green: asIs, dim: asIs };

const terminalStyle: Style = {
  bold: (text) => styleText('bold', text),
  red: (text) => styleText('red', text),
  yellow: (text) => styleText('yellow', text),
  green: (text) => styleText('green', text),
  dim: (text) => styleText('dim', text),
};

/** The style for a stream. */
export function styleFor(stream: { readonly isTTY?: boolean }): Style {
  return stream.isTTY === true && process.env['NO_COLOR'] === undefined
    ? terminalStyle
    : plainStyle;
}

/** Pads on the right to a width, as far as a text is not longer. */
export function column(text: string, width: number): string {
  return text.padEnd(width);
}
