import * as z from "zod";
import { traitsOf } from "../../ops/registry.js";
import { mean } from "../../math/statistics.js";
import { isOverTime } from "../../structure/block-site.js";
import type { Block } from "../../structure/types.js";
import { holdsSigmoids } from "../../verdict/chains.js";
import { optionalReal } from "../../util/json.js";
import type { Evidence } from "../evidence.js";
import { factsOf } from "../rule.js";
import type { Plain } from "./fact-schemas.js";
import { bodyGains } from "./profile.js";

/** What most blocks of a stretch are, as far as it decides which law applies. */
const BLOCK_FAMILIES = [
  "recurrent",
  "gated-recurrent",
  "gated",
  "unnormalised-residual",
  "scaled-skip",
  "post-norm-residual",
  "residual",
  "batch-normalised",
  "normalised",
  "plain",
  "other",
] as const;
export type BlockFamily = (typeof BLOCK_FAMILIES)[number];

/** What decides why a stretch of blocks multiplies the gradient. */
export interface MechanismFacts {
  readonly family: BlockFamily;
  /** ln of the mean factor on the square per block; null where none is finite. */
  readonly lnPerBlock: number | null;
  /** Whether a ReLU stands in it. */
  readonly relu: boolean;
  /** Whether a function that saturates at 0 (a sigmoid) stands on the trunk in it: no weight scale keeps both its slope and its mean. */
  readonly sigmoid?: boolean;
}

export const mechanismSchema: z.ZodType<Plain<MechanismFacts>> = factsOf({
  family: z.enum(BLOCK_FAMILIES).meta({ description: "What most of the blocks are." }),
  lnPerBlock: optionalReal.meta({ description: "ln of the mean factor on the square per block; null where none is finite." }),
  relu: z.boolean().meta({ description: "Whether a ReLU stands in them." }),
  sigmoid: z.boolean().exactOptional().meta({ description: "Whether a function that saturates at 0 stands on their trunk." }),
}).meta({ id: "mechanism", description: "What decides why a stretch of blocks multiplies the gradient." });

/** Tells whether a residual block has no norm in it and no factor on its branch (a factor of 1 is none). */
export const isBare = (b: Block): boolean => b.kind === "residual" && b.skip === "identity" && (b.branchScale ?? 1) === 1 && b.norms.length === 0;

/** Tells whether a residual block has a norm of training behind its sum. */
export const isNormedOnTrunk = (b: Block): boolean => b.kind === "residual" && b.normSites.some((n) => n.where === "trunk" && !n.inference);

/** Returns the family that most of the blocks belong to. */
function blockFamilyOf(e: Evidence, blocks: readonly Block[]): BlockFamily {
  const spans = e.structure.spans.filter((s) => s.kind === "recurrent");
  const live = (b: Block): boolean => b.normSites.some((n) => !n.inference);
  const one = (b: Block): BlockFamily => {
    if (b.kind === "gated") return "gated";
    if (b.kind === "residual" && b.skipScale !== null && Math.abs(b.skipScale) < 1) return "scaled-skip";
    // A norm in inference mode is a fixed map, and holds nothing back.
    if (isBare(b) || (b.kind === "residual" && b.skip === "identity" && b.branchScale === null && !live(b))) return "unnormalised-residual";
    if (isNormedOnTrunk(b)) return "post-norm-residual";
    if (b.kind === "residual") return "residual";
    if (spans.some((s) => b.from >= s.from && b.to <= s.to)) return "recurrent";
    // Branches side by side without a shortcut (Inception) are layers like others, as far as their norms go.
    if (b.normSites.some((n) => n.kind === "batch" && !n.inference)) return "batch-normalised";
    if (b.kind !== "plain") return "other";
    return live(b) ? "normalised" : "plain";
  };
  const counts = new Map<BlockFamily, number>();
  for (const b of blocks) counts.set(one(b), (counts.get(one(b)) ?? 0) + 1);
  const most = [...counts].reduce<readonly [BlockFamily, number]>((best, next) => (next[1] > best[1] ? next : best), ["other", 0])[0];
  const overTime = blocks.filter((b) => isOverTime(e.structure, b.to)).length;
  return most === "gated" && 2 * overTime > blocks.length ? "gated-recurrent" : most;
}

function hasRelu(e: Evidence, blocks: readonly Block[]): boolean {
  const nodes = new Set(blocks.flatMap((b) => b.nodes));
  return e.bound.graph.nodes.some((n) => traitsOf(n).rectifies === "flat" && nodes.has(n.name));
}

/** Returns what decides why a stretch of the body multiplies the gradient. */
export function mechanismOf(e: Evidence, blocks: readonly Block[]): Plain<MechanismFacts> {
  const gains = bodyGains(e).flatMap((g) => (blocks.includes(g.block) && Number.isFinite(g.lnGain) ? [g.lnGain] : []));
  return {
    family: blockFamilyOf(e, blocks),
    lnPerBlock: gains.length > 0 ? mean(gains) : null,
    relu: hasRelu(e, blocks),
    sigmoid: holdsSigmoids(e.bound.graph, blocks),
  };
}
