/** What a line of terminal text is painted with. */
export interface Paint {
  readonly bold: (s: string) => string;
  readonly dim: (s: string) => string;
  readonly red: (s: string) => string;
  readonly yellow: (s: string) => string;
  readonly green: (s: string) => string;
  readonly blue: (s: string) => string;
  readonly cyan: (s: string) => string;
}

/** Colours of a terminal, or none: the caller knows about TTYs and NO_COLOR. */
export function paint(colour: boolean): Paint {
  const sgr =
    (on: number, off: number) =>
    (s: string): string =>
      colour && s !== "" ? `\u001b[${on}m${s}\u001b[${off}m` : s;
  return { bold: sgr(1, 22), dim: sgr(2, 22), red: sgr(31, 39), yellow: sgr(33, 39), green: sgr(32, 39), blue: sgr(34, 39), cyan: sgr(36, 39) };
}
