import * as z from "zod";
import { mean } from "../math/statistics.js";
import { stretchSite } from "../structure/block-site.js";
import { inflect, magnitude, plural, rate } from "../util/format.js";
import { real, whole } from "../util/json.js";
import { onChain } from "./evidence.js";
import type { Evidence } from "./evidence.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule, Observation } from "./rule.js";
import { isNormedOnTrunk } from "./shared/mechanism.js";
import { gainOver } from "./shared/over-replicates.js";
import { HUNDREDFOLD, bodyGains, sum } from "./shared/profile.js";

/** BN(x + F) with ReLU branches: 2/(2 − 1/π) on the square per block. */
const LAW = 2 / (2 - 1 / Math.PI);

const facts = factsOf({
  norm: z.enum(["batch", "layer"]).meta({ description: "BatchNorm, or LayerNorm and its kin." }),
  blocks: whole.meta({ description: "Residual blocks with such a norm behind the addition." }),
  lnTotal: real.meta({ description: "ln of the factor on the squared gradient over all of them." }),
  lnPerBlock: real.meta({ description: "Its mean over the blocks." }),
});

/** A norm behind the addition of residual blocks. */
export const normOnTrunk: FindingRule = findingRule({
  id: "norm-on-trunk",
  facts,
  examine: (all) => all.chains.map((c) => onChain(all, c)).flatMap(ofChain),
  words: ({ facts: { norm, blocks, lnTotal, lnPerBlock } }, style) => {
    const have = `${plural(blocks, "residual block")} ${inflect(blocks, "has", "have")}`;
    if (norm === "layer")
      return {
        evidence: `${have} a norm behind the addition (post-norm order)${Number.isFinite(lnTotal) ? `; over all of them the squared gradient changes ×${magnitude(lnTotal, style)}` : ""}`,
        why: "Post-norm LN(x + F) keeps the activations' gradient (law: 1 per block at initialisation), but the last layers' weights get gradients that do not shrink with depth, as those of pre-norm do (c/sqrt(1 + kL)).",
        remedy:
          "Warm the learning rate up, or use pre-norm x + F(LN x), which trains without warm-up and at great depth tends to end slightly worse.",
      };
    const gain = Math.exp(lnPerBlock);
    const depth = Math.ceil((2 * HUNDREDFOLD) / Math.log(LAW));
    return {
      evidence: `${have} BatchNorm behind the addition; ${Number.isFinite(gain) ? `the squared gradient changes ×${rate(gain, style)} per block, and ` : ""}the law is ×${rate(LAW, style)}, which reaches ×100 on the norm at ${depth} blocks`,
      why: "The norm divides the sum x + F, so the shortcut no longer carries the gradient unchanged: every block pays 2/(2 - 1/π) on the square, although it has both a skip and a norm.",
      remedy:
        "Put the norm into the branch, before its first weights (full pre-activation): growth becomes polynomial. The network then needs one norm before its classifier, and trained weights do not carry over.",
    };
  },
});

/** Returns the observations on one chain. */
function ofChain(e: Evidence): readonly Observation<z.output<typeof facts>>[] {
  const normed = bodyGains(e).filter((g) => isNormedOnTrunk(g.block));
  return (["batch", "layer"] as const).flatMap((norm): Observation<z.output<typeof facts>>[] => {
    const kinds: readonly string[] = norm === "batch" ? ["batch"] : ["layer", "rms"];
    const own = normed.filter((g) => g.block.normSites.some((s) => s.where === "trunk" && kinds.includes(s.kind)));
    if (own.length < 2) return [];
    const gains = own.map((g) => g.lnGain);
    const growth = gainOver(
      e,
      own.map((g) => g.block),
    );
    return [
      {
        severity: norm === "batch" && growth.low > HUNDREDFOLD ? "warning" : "info",
        site: stretchSite(
          e.structure,
          e.bound.graph,
          own.map((g) => g.block),
        ),
        facts: { norm, blocks: own.length, lnTotal: sum(gains), lnPerBlock: mean(gains) },
      },
    ];
  });
}
