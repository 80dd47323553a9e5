import * as z from "zod";
import { constant } from "../init/fill.js";
import type { Net } from "../net.js";

/**
 * The factor α on a residual branch: a number, a function of the number of blocks L, or a trainable factor with its initial
 * value (SkipInit, ReZero: 0).
 */
export type BranchScale = number | "1/sqrt(L)" | "1/L" | { readonly trained: number };

export const branchScaleSchema: z.ZodType<BranchScale> = z.union([z.number(), z.enum(["1/sqrt(L)", "1/L"]), z.strictObject({ trained: z.number() })]);

/** Multiplies all elements by one trainable factor. Parameter: `scale` [1]. */
export const trainedScale = (net: Net, x: string, value: number): string => net.b.mul(x, net.parameter("scale", [1], constant(value)));
/** Adds one trainable term to all elements. Parameter: `shift` [1]. */
export const trainedShift = (net: Net, x: string): string => net.b.add(x, net.parameter("shift", [1], constant(0)));

/** Appends α·f, f the branch of one of L `blocks`. */
export function scaleBranch(net: Net, f: string, by: BranchScale, blocks: number): string {
  if (typeof by === "object") return trainedScale(net, f, by.trained);
  return net.b.scale(f, by === "1/sqrt(L)" ? 1 / Math.sqrt(blocks) : by === "1/L" ? 1 / blocks : by);
}
