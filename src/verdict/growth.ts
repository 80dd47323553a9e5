import { mean, studentInterval } from "../math/statistics.js";
import type { Growth, Law, ProfileData } from "./types.js";

/** Returns a_b = 2(p_{b−1} − p_b): ln of the factor on the square, output to input, of every block. */
export function incrementsOf(profile: ArrayLike<number>): number[] {
  return Array.from({ length: Math.max(0, profile.length - 1) }, (_, b) => 2 * (profile[b]! - profile[b + 1]!));
}

/** Nothing to take a rate of. */
export const NO_GROWTH: Growth = { perBlock: null, low: null, high: null, over: null };

/**
 * Returns the factor per block, exp of the mean increment. Its interval is Student's over the blocks when the growth is exponential (each block is then
 * a draw of the same rate: it holds for more blocks of this kind), else over the replicates (this file's blocks only), else there is none.
 */
export function growthOf(rows: readonly ArrayLike<number>[], over: ProfileData["over"], law: Law): Growth {
  const blocks = (rows[0]?.length ?? 0) - 1;
  if (blocks < 1) return NO_GROWTH;
  const perRow = rows.map((row) => (2 * (row[0]! - row[blocks]!)) / blocks);
  const perBlock = Math.exp(mean(perRow));
  const profile = Array.from({ length: blocks + 1 }, (_, l) => mean(rows.map((row) => row[l]!)));
  const basis = law === "exponential" ? "blocks" : (over ?? null);
  const interval = basis === null ? null : studentInterval(basis === "blocks" ? incrementsOf(profile) : perRow);
  if (interval === null) return { perBlock, low: null, high: null, over: null };
  return { perBlock, low: Math.exp(interval.low), high: Math.exp(interval.high), over: basis };
}
