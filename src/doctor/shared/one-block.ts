import * as z from "zod";
import { mean } from "../../math/statistics.js";
import { stretchSite } from "../../structure/block-site.js";
import type { Block } from "../../structure/types.js";
import { level, magnitude, magnitudes, plural } from "../../util/format.js";
import type { Style } from "../../util/format.js";
import { real, whole } from "../../util/json.js";
import type { Evidence } from "../evidence.js";
import { factsOf } from "../rule.js";
import type { Observation, Words } from "../rule.js";
import { gainOver } from "./over-replicates.js";
import { HUNDREDFOLD, bodyOf } from "./profile.js";
import { culpritIn } from "./whole.js";

export const oneBlockSchema = factsOf({
  case: z.literal("block"),
  lnGain: real.meta({ description: "ln of the factor on the gradient's norm, from its output to its input." }),
  low: real.meta({ description: "Its 95 % interval." }),
  high: real,
  lnOthers: real.meta({ description: "ln of what all other blocks of the chain make of it together." }),
  others: whole.meta({ description: "How many other blocks the chain has." }),
  smallInput: z.boolean().meta({ description: "Whether a norm in its branch meets an input that is small beside what the branch adds." }),
}).meta({ description: "One block of a healthy chain makes most of a rise beyond 100, and the others show no exponential growth." });
type Facts = z.output<typeof oneBlockSchema>;

/** The share of a gain, in logarithms, that the size of a block's input must explain. */
const MOST = 0.7;

/** Tells whether a residual block has a norm in its branch and makes its output as much larger than its input as the gradient grows. */
function meetsSmallInput(e: Evidence, block: Block, at: number, lnGain: number): boolean {
  if (block.kind !== "residual" || !block.normSites.some((n) => !n.inference && n.where === "branch")) return false;
  const grown = e.chain.profiles.activation.map((row) => row[at + 1]! - row[at]!).filter(Number.isFinite);
  return grown.length > 0 && mean(grown) > MOST * lnGain;
}

/** Returns the observation on the one block that makes most of a healthy chain's rise; none where one node of it is named anyway. */
export function oneBlock(e: Evidence): readonly Observation<Facts>[] {
  const { one, rise } = e.verdict;
  const block = one === null ? undefined : bodyOf(e)[one.at];
  if (one === null || block === undefined || culpritIn(e, block, 1, HUNDREDFOLD) !== null) return [];
  const smallInput = meetsSmallInput(e, block, one.at, one.ln);
  const { low, high } = gainOver(e, [block]);
  return [
    {
      severity: low > HUNDREDFOLD && !smallInput ? "warning" : "info",
      site: stretchSite(e.structure, e.bound.graph, [block]),
      facts: {
        case: "block",
        lnGain: one.ln,
        low: Math.min(low, one.ln),
        high: Math.max(high, one.ln),
        lnOthers: rise.value - one.ln,
        others: bodyOf(e).length - 1,
        smallInput,
      },
    },
  ];
}

export function oneBlockWords(f: Facts, style: Style): Words {
  const [value, low, high] = magnitudes([f.lnGain, f.low, f.high], style);
  return {
    evidence: `the gradient's norm grows ×${value!} (${level(0.95, style)} interval ×${low!} to ×${high!}) in this block alone, and ×${magnitude(f.lnOthers, style)} in the ${plural(f.others, "other block")} together`,
    why: f.smallInput
      ? "The block's input is small beside what its branch adds, as embeddings are that start with a standard deviation of .02: the norm in the branch divides by that size, and the gradient of what lies before it grows by as much. That is no growth with depth: more blocks would not add to it."
      : "One block's gain is no growth with depth: the others keep the gradient's size, or nearly, and more of them would not add to it. What lies before the block gets as much more.",
    remedy: f.smallInput
      ? "Nothing with Adam and its kin, which divide by each gradient's size; with SGD start the embedding larger, or put a norm or a factor behind it."
      : "Look at this block: give its weights the scale that the others have, or take a factor in it out. Adam and its kin divide it away.",
  };
}
