import { magnitude, rate } from "../../util/format.js";
import type { Growth, Spread } from "../../verdict/types.js";

/** Writes the factor of a rise (×) or a fall (÷), and its interval where it has one. */
export function factorWords(s: Spread, sign: "×" | "÷"): string {
  const value = `${sign}${magnitude(s.value)}`;
  return s.low === s.high ? value : `${value} (95 % interval ${sign}${magnitude(s.low)} to ${sign}${magnitude(s.high)})`;
}

const OVER = { examples: "over the examples", batches: "over the batches", blocks: "over the blocks", reinitialisations: "over reinitialisations" };

/** Writes `×1.467 per block on the square (1.440 to 1.490, over the blocks)`; empty where there is no rate. */
export function rateWords(g: Growth): string {
  if (g.perBlock === null) return "";
  const interval = g.low === null || g.high === null || g.over === null ? "" : ` (${rate(g.low)} to ${rate(g.high)}, ${OVER[g.over]})`;
  return `×${rate(g.perBlock)} per block on the square${interval}`;
}
