import { level, magnitude, magnitudes, rate } from "../../util/format.js";
import type { Style } from "../../util/format.js";
import type { Growth, Spread } from "../../verdict/types.js";

/** Writes the factor of a rise (×) or a fall (÷), and its interval where it has one. */
export function factorWords(s: Spread, sign: "×" | "÷", style: Style): string {
  if (s.low === s.high) return `${sign}${magnitude(s.value, style)}`;
  const [value, low, high] = magnitudes([s.value, s.low, s.high], style);
  return `${sign}${value!} (${level(0.95, style)} interval ${sign}${low!} to ${sign}${high!})`;
}

const OVER = { examples: "over the examples", batches: "over the batches", blocks: "over the blocks", reinitialisations: "over reinitialisations" };

/** Writes `×1.467 per block on the square (1.440 to 1.490, over the blocks)`; empty where there is no rate. */
export function rateWords(g: Growth, style: Style): string {
  if (g.perBlock === null) return "";
  const interval = g.low === null || g.high === null || g.over === null ? "" : ` (${rate(g.low, style)} to ${rate(g.high, style)}, ${OVER[g.over]})`;
  return `×${rate(g.perBlock, style)} per block on the square${interval}`;
}
