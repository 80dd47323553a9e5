import type { FindingRule } from "./evidence.js";
import type { Finding } from "./finding.js";
import { isNormedOnTrunk } from "./shared/mechanism.js";
import { stretchName } from "./shared/module-path.js";
import { HUNDREDFOLD, bodyGains, sum } from "./shared/profile.js";
import { magnitude, plural, rate } from "./shared/words.js";
import { mean } from "../math/statistics.js";

/** BN(x + F) with ReLU branches: 2/(2 − 1/π) on the square per block. */
const LAW = 2 / (2 - 1 / Math.PI);

/** A norm behind the addition of residual blocks. */
export const normOnTrunk: FindingRule = {
  id: "norm-on-trunk",
  examine: (c) => {
    const normed = bodyGains(c).filter((g) => isNormedOnTrunk(g.block));
    const onTrunk = (kinds: readonly string[]): typeof normed =>
      normed.filter((g) => g.block.normSites.some((s) => s.where === "trunk" && kinds.includes(s.kind)));
    const findings: Finding[] = [];
    const batch = onTrunk(["batch"]);
    if (batch.length >= 2) {
      const blocks = batch.map((g) => g.block);
      const gain = Math.exp(mean(batch.map((g) => g.lnGain)));
      const depth = Math.ceil((2 * HUNDREDFOLD) / Math.log(LAW));
      findings.push({
        rule: "norm-on-trunk",
        severity: sum(batch.map((g) => g.lnGain)) / 2 > HUNDREDFOLD ? "warning" : "info",
        where: stretchName(c, blocks),
        evidence: `${plural(batch.length, "residual block")} with BatchNorm behind the addition; ${Number.isFinite(gain) ? `×${rate(gain)} per block on the square measured, ` : ""}law ${rate(LAW)}, which reaches 100 on the norm at ${depth} blocks`,
        why: "The norm divides the sum x + F, so the shortcut no longer carries the gradient unchanged: every block pays 2/(2 - 1/π) on the square, although it has both a skip and a norm.",
        remedy:
          "Put the norm into the branch, before its first weights (full pre-activation): growth becomes polynomial. The network then needs one norm before its classifier, and trained weights do not carry over.",
      });
    }
    const layer = onTrunk(["layer", "rms"]);
    if (layer.length >= 2) {
      const total = sum(layer.map((g) => g.lnGain));
      findings.push({
        rule: "norm-on-trunk",
        severity: "info",
        where: stretchName(
          c,
          layer.map((g) => g.block),
        ),
        evidence: `${plural(layer.length, "residual block")} in post-norm order${Number.isFinite(total) ? `; ×${magnitude(total)} on the square over all of them` : ""}`,
        why: "Post-norm LN(x + F) keeps the activations' gradient (law: 1 per block at initialisation), but the last layers' weights get gradients that do not shrink with depth, as those of pre-norm do (c/sqrt(1 + kL)).",
        remedy:
          "Warm the learning rate up, or use pre-norm x + F(LN x), which trains without warm-up and at great depth tends to end slightly worse.",
      });
    }
    return findings;
  },
};
