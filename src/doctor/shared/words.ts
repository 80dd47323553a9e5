/** Figures and lists as findings write them: what can be searched and typed, the same on every machine. */

/** e^ln in three figures, whatever its size: 108, 0.0123, 3.1e5, 10^521. */
export function magnitude(ln: number): string {
  if (Number.isNaN(ln)) return "NaN";
  if (ln === -Infinity) return "0";
  if (ln === Infinity) return "infinity";
  const log10 = ln / Math.LN10;
  if (Math.abs(log10) >= 100) return `10^${Math.round(log10)}`;
  return figure(10 ** log10);
}

/** A number in three figures. */
export function figure(v: number): string {
  if (v === Infinity || v === -Infinity) return v < 0 ? "-infinity" : "infinity";
  const size = Math.abs(v);
  if (size >= 1000 && size < 1e4) return String(Math.round(v));
  if (v === 0 || (size >= 1e-3 && size < 1e4)) return String(Number(v.toPrecision(3)));
  return v.toExponential(1).replace("e+", "e");
}

/** A factor near 1 in four figures, as a rate per block needs them. */
export const rate = (v: number): string => (v >= 0.1 && v < 100 ? String(Number(v.toPrecision(4))) : figure(v));

/** A share of 1 in per cent. */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return "less than 0.1 %";
  if (share < 1 && share > 0.999) return "more than 99.9 %";
  return `${Number((100 * share).toPrecision(share >= 0.1 ? 3 : 2))} %`;
}

/** `3 blocks`, `1 block`. */
export const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

/** The first of a list, and how many more there are. */
export const some = (items: readonly string[], most = 3): string =>
  items.length <= most ? items.join(", ") : `${items.slice(0, most).join(", ")} and ${items.length - most} more`;

/** Sentences joined, empty ones left out. */
export const sentences = (...parts: readonly string[]): string => parts.filter((p) => p !== "").join(" ");
