import type { Block } from "../../structure/types.js";
import { mean } from "../../math/statistics.js";
import type { Evidence } from "../evidence.js";

/** A block with what it does to the gradient. */
export interface BlockGain {
  readonly block: Block;
  /** ln of the factor on the square, output to input; NaN where it cannot be said. */
  readonly lnGain: number;
}

/** T of the verdict: ln 100 on the norm. */
export const HUNDREDFOLD: number = Math.log(100);

/** Returns the blocks of the chain that is looked at: position i of its verdict is where block i begins. */
export const bodyOf = (e: Evidence): readonly Block[] => e.chain.blocks;

/** Returns the mean ln ‖∂loss/∂x‖ at every position of the verdict, over the replicates in which all are finite. */
export function gradientProfile(e: Evidence): readonly number[] {
  const rows = e.chain.profiles.gradient.filter((r) => r.every(Number.isFinite));
  return (e.chain.profiles.gradient[0] ?? []).map((_, i) => (rows.length === 0 ? NaN : mean(rows.map((r) => r[i]!))));
}

/** Returns the gains of the body's blocks, from the verdict's profile. */
export function bodyGains(e: Evidence): readonly BlockGain[] {
  const p = gradientProfile(e);
  return bodyOf(e).map((block, i) => ({ block, lnGain: 2 * ((p[i] ?? NaN) - (p[i + 1] ?? NaN)) }));
}

export const sum = (values: readonly number[]): number => values.reduce((total, v) => total + v, 0);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
