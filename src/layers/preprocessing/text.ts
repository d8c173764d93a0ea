/** Keras's ways with text, which know ASCII only: other capitals stay, and so does punctuation beyond ASCII. */

const lower = (text: string): string => text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
const stripPunctuation = (text: string): string => text.replace(/[!-/:-@[-`{-~]/g, '');

/** How texts are made alike. */
export const STANDARDIZATIONS = {
  lower_and_strip_punctuation: (text: string) => stripPunctuation(lower(text)),
  lower,
  strip_punctuation: stripPunctuation,
} as const;

/** How texts become tokens: at ASCII white space, or each code point by itself. */
export const SPLITS = {
  whitespace: (text: string) => text.split(/[ \t\n\v\f\r]+/).filter((token) => token !== ''),
  character: (text: string) => [...text],
} as const;

/** Runs of tokens, joined by spaces: all of the first width, then all of the next. */
export function ngramsOf(tokens: readonly string[], widths: readonly number[]): string[] {
  return widths.flatMap((width) =>
    Array.from({ length: Math.max(0, tokens.length - width + 1) }, (_, i) => tokens.slice(i, i + width).join(' ')),
  );
}
