import { mean } from "../../math/statistics.js";
import type { Block } from "../../structure/types.js";
import { magnitude, sentences } from "../../util/format.js";
import type { Style } from "../../util/format.js";
import { real } from "../../util/json.js";
import type { Evidence } from "../evidence.js";
import { factsOf } from "../rule.js";
import { gradientProfile } from "./profile.js";

/** A norm over rows of the usual size divides the gradient by that size; beyond this many times as much it met far smaller ones. */
const FAR = Math.log(30);

export const smallRowsSchema = factsOf({ lnBeyond: real }).nullable().exactOptional().meta({
  description:
    "ln of how many times as much the gradient grows in a block with a norm over rows as the usual size of its input explains; null where it does.",
});

/** Tells by how much the gradient grows in a block with a norm over each row beyond what the size of the block's input explains: rows near zero do that. */
export function smallRows(e: Evidence, block: Block): { lnBeyond: number } | null {
  if (!block.normSites.some((n) => (n.kind === "layer" || n.kind === "rms") && !n.inference)) return null;
  const at = e.chain.blocks.indexOf(block);
  const profile = gradientProfile(e);
  const sizes = e.chain.profiles.activation.map((row) => row[at]!).filter(Number.isFinite);
  if (sizes.length === 0) return null;
  const lnBeyond = profile[at]! - profile[at + 1]! + mean(sizes);
  return lnBeyond > FAR ? { lnBeyond } : null;
}

/** Says what rows near zero do in a norm, and what is usually done. */
export const smallRowsWords = ({ lnBeyond }: { lnBeyond: number }, style: Style): { readonly why: string; readonly remedy: string } => ({
  why: sentences(
    "A norm in it divides every row by that row's own size, and meets rows that are far smaller than the others (zeros of a padding, say): there it divides by little more than the root of its epsilon.",
    `The gradient of these rows grows by as much, ×${magnitude(lnBeyond, style)} beyond what rows of the usual size would give, and it outweighs all others; that is no growth from block to block.`,
  ),
  remedy:
    "Leave such rows out of the loss (a mask before pooling), or take a larger epsilon (1e-5). Where only padding makes them, weights get nothing of this gradient but through biases and a table's row for padding.",
});
