import * as z from "zod";
import { magnitude } from "../../util/format.js";
import type { Style } from "../../util/format.js";
import { real } from "../../util/json.js";
import type { Block } from "../../structure/types.js";
import type { Evidence } from "../evidence.js";
import { factsOf } from "../rule.js";
import type { Words } from "../rule.js";
import type { Direction } from "./mechanism-words.js";
import { culpritIn } from "./whole.js";
import type { Culprit } from "./whole.js";

/** The share of a spread, in logarithms, that one node must make to be named as its cause. */
const MOST = 0.7;

export const culpritSchema = factsOf({
  node: z.string(),
  op: z.string(),
  lnGain: real.meta({ description: "ln of the factor on the gradient's norm, from its output to its input." }),
  constant: z.boolean().meta({ description: "Whether it multiplies by a constant." }),
})
  .nullable()
  .exactOptional()
  .meta({ description: "The node that is no layer and alone makes most of it; null where there is none." });

/** Returns the node that is no layer and alone makes most of a spread over some blocks, one behind another. */
export const culpritOf = (e: Evidence, blocks: readonly Block[], direction: Direction, spread: number): Culprit | null =>
  blocks.length === 0 ? null : culpritIn(e, { from: blocks[0]!.from, to: blocks.at(-1)!.to }, direction === "exploding" ? 1 : -1, MOST * spread);

/** Names the node that makes most of a spread, and what is usually done about it. */
export const culpritWords = ({ node, op, lnGain, constant }: Culprit, style: Style): Pick<Words, "why" | "remedy"> => ({
  why: `${op} at ${node} does ${constant ? "nearly all of it: it multiplies by a constant" : "most of it: it is no layer"}, and the gradient of everything before it is ${lnGain > 0 ? `×${magnitude(lnGain, style)}` : `÷${magnitude(-lnGain, style)}`} by that alone.`,
  remedy: constant
    ? `Take the factor of ${op} at ${node} out, or fold it into the weights beside it before they are trained; a factor on all weights only hides it.`
    : `Look at what ${op} at ${node} is fed: scale its input, or take another function.`,
});
