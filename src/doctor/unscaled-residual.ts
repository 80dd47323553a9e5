import type { FindingRule } from "./evidence.js";
import { isBare } from "./shared/mechanism.js";
import { isUnlikeTraining, normCaveat } from "./shared/norms.js";
import { stretchName } from "./shared/module-path.js";
import { HUNDREDFOLD, bodyGains, sum } from "./shared/profile.js";
import { figure, magnitude, plural, rate, sentences } from "./shared/words.js";
import { mean } from "../math/statistics.js";

/** Total growth of the square below which bare blocks are not worth a word: their branches are small as they are. */
const WORTH_TELLING = Math.log(2);

/** Residual blocks x + F(x) with neither a norm nor a factor on the branch: (1 + g)^L. */
export const unscaledResidual: FindingRule = {
  id: "unscaled-residual",
  examine: (c) => {
    const bare = bodyGains(c).filter((b) => isBare(b.block) && Number.isFinite(b.lnGain));
    const total = sum(bare.map((b) => b.lnGain));
    if (bare.length < 2 || !(total > WORTH_TELLING)) return [];
    const n = bare.length;
    const gain = Math.exp(mean(bare.map((b) => b.lnGain)));
    // A branch of gain g times α has α²g.
    const small = n * Math.log1p((gain - 1) / n);
    return [
      {
        rule: "unscaled-residual",
        severity: total / 2 > HUNDREDFOLD && !isUnlikeTraining(c) ? "warning" : "info",
        where: stretchName(
          c,
          bare.map((b) => b.block),
        ),
        evidence: `${plural(n, "residual block")} without a norm and without a branch scale; ×${rate(gain)} per block on the square (branch gain g = ${figure(gain - 1)}), ×${magnitude(total)} over all of them`,
        why: sentences(
          "The gradient of a sum goes unchanged into both of its sides: the shortcut carries it whole and the branch adds g times as much, so L blocks multiply the square by (1 + g)^L. The shortcut prevents vanishing; it does not prevent growth.",
          normCaveat(c),
        ),
        remedy: `A factor 1/sqrt(${n}) on every branch would leave ×${magnitude(small)} in all (towards e^g, whatever the depth); a branch that starts at zero exactly 1; a norm inside the branch growth by a power of the depth. Small branches do less at first and usually want a learned scale.`,
      },
    ];
  },
};
