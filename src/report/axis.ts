import { extent, range, tickIncrement, ticks as roundNumbers } from "d3-array";
import { decade, exact } from "../util/format.js";
import type { Style } from "../util/format.js";

// Axes are linear. A logarithmic one is linear in decades, because magnitudes of a gradient go beyond what a double holds (10^521): d3's own
// logarithmic scale cannot have them.

/** An interval of an axis. */
export interface Domain {
  readonly low: number;
  readonly high: number;
}

/** A place on an axis with its label. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** A domain that holds `values` (decades), at least `least` wide so that what is flat looks flat, with a little air. */
export function decadesOf(values: Iterable<number>, least = 2, share = 0.08): Domain {
  const { low, high } = rangeOf(values) ?? { low: -1, high: 1 };
  const missing = Math.max(0, least - (high - low)) / 2;
  const air = missing > share ? 0.1 : Math.max(share * (high - low), 0.1);
  return { low: low - missing - air, high: high + missing + air };
}

/** The smallest and the largest; undefined when there is none. */
export function rangeOf(values: Iterable<number>): Domain | undefined {
  const [low, high] = extent(values);
  return low === undefined ? undefined : { low, high };
}

/** The round numbers of a domain, as many as d3 gives without exceeding `most`; `fits` refuses a choice of d3's. */
function roundTicks({ low, high }: Domain, most: number, fits: (count: number) => boolean = () => true): number[] {
  for (let count = Math.floor(most); count > 0; count--) {
    const found = fits(count) ? roundNumbers(low, high, count) : [];
    if (found.length > 0 && found.length <= most) return found;
  }
  return [];
}

/** Round numbers of a domain, at most `most` of them: steps of 1, 2 or 5 times a power of ten. */
export const ticks = (domain: Domain, most: number): number[] => roundTicks(domain, most);

/** Whole numbers of a domain, at most `most` and as round as they can be. */
export function wholeTicks(domain: Domain, most: number): number[] {
  const [first, last] = [Math.ceil(domain.low), Math.floor(domain.high)];
  if (last - first < most) return range(first, last + 1);
  // d3 gives a step below 1 as the negative of its inverse.
  return roundTicks(domain, most, (count) => tickIncrement(domain.low, domain.high, count) >= 1);
}

/** Ticks of a logarithmic axis: decades, with 2 and 5 between where there are few. */
export function logTicks(domain: Domain, most: number, style: Style = "page"): Tick[] {
  if (3 * (domain.high - domain.low) > most) return wholeTicks(domain, most).map((t) => ({ at: t, label: decade(t, style) }));
  return range(Math.floor(domain.low), Math.floor(domain.high) + 1).flatMap((d) =>
    [1, 2, 5]
      .map((m) => ({ at: d + Math.log10(m), label: d >= -3 && d < 4 ? exact(m * 10 ** d, style) : `${m === 1 ? "" : `${m}×`}${decade(d, style)}` }))
      .filter((t) => t.at >= domain.low && t.at <= domain.high),
  );
}

/** Ticks of a linear axis. */
export const linearTicks = (domain: Domain, most: number, style: Style = "page"): Tick[] =>
  ticks(domain, most).map((t) => ({ at: t, label: exact(t, style) }));

/** Ticks of the axis of a loss, logarithmic: decades near 1 are written as numbers. */
export const lossTicks = (domain: Domain, most: number, style: Style = "page"): Tick[] =>
  logTicks(domain, most, style).map((t) =>
    Number.isInteger(t.at) && t.at >= -3 && t.at < 4 ? { at: t.at, label: exact(Number(`1e${t.at}`), style) } : t,
  );
