import type * as z from "zod";
import { mean } from "../math/statistics.js";
import { stretchSite } from "../structure/block-site.js";
import { inflect, magnitude, number, plural, rate } from "../util/format.js";
import { real, whole } from "../util/json.js";
import { onChain } from "./evidence.js";
import type { Evidence } from "./evidence.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule, Observation } from "./rule.js";
import { normCaveat } from "./shared/fact-schemas.js";
import { isBare } from "./shared/mechanism.js";
import { isUnlikeTraining, normCaveatOf } from "./shared/norm-caveat.js";
import { gainOver } from "./shared/over-replicates.js";
import { HUNDREDFOLD, bodyGains, sum } from "./shared/profile.js";

/** Total growth of the square below which bare blocks are not worth a word: their branches are small as they are. */
const WORTH_TELLING = Math.log(2);

const facts = factsOf({
  blocks: whole,
  lnPerBlock: real.meta({ description: "ln of the mean factor on the squared gradient per block." }),
  lnTotal: real.meta({ description: "ln of the factor over all of them." }),
  normCaveat,
});

/** Residual blocks x + F(x) with neither a norm nor a factor on the branch: (1 + g)^L. */
export const unscaledResidual: FindingRule = findingRule({
  id: "unscaled-residual",
  facts,
  examine: (all) => all.chains.map((c) => onChain(all, c)).flatMap(ofChain),
  words: ({ facts: { blocks: n, lnPerBlock, lnTotal } }, style) => {
    const gain = Math.exp(lnPerBlock);
    // A branch of gain g times α has α²g.
    const small = n * Math.log1p((gain - 1) / n);
    return {
      evidence: `${plural(n, "residual block")} ${inflect(n, "has", "have")} neither a norm nor a branch scale; the squared gradient grows ×${rate(gain, style)} per block (branch gain g = ${number(gain - 1, style)}) and ×${magnitude(lnTotal, style)} over all of them`,
      why: "The gradient of a sum goes unchanged into both of its sides: the shortcut carries it whole and the branch adds g times as much, so L blocks multiply the square by (1 + g)^L. The shortcut prevents vanishing; it does not prevent growth.",
      remedy: `A factor 1/√${n} on every branch would leave ×${magnitude(small, style)} in all (towards e^g, whatever the depth); a branch that starts at zero exactly 1; a norm inside the branch growth by a power of the depth. Small branches do less at first and usually want a learned scale.`,
    };
  },
});

/** Returns the observation on one chain. */
function ofChain(e: Evidence): readonly Observation<z.output<typeof facts>>[] {
  const bare = bodyGains(e).filter((b) => isBare(b.block) && Number.isFinite(b.lnGain));
  const gains = bare.map((b) => b.lnGain);
  const lnTotal = sum(gains);
  if (bare.length < 2 || !(lnTotal > WORTH_TELLING)) return [];
  const growth = gainOver(
    e,
    bare.map((b) => b.block),
  );
  return [
    {
      severity: growth.low > HUNDREDFOLD && !isUnlikeTraining(e) ? "warning" : "info",
      site: stretchSite(
        e.structure,
        e.bound.graph,
        bare.map((b) => b.block),
      ),
      facts: { blocks: bare.length, lnPerBlock: mean(gains), lnTotal, normCaveat: normCaveatOf(e) },
    },
  ];
}
