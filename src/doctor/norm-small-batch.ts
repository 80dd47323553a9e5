import type { FindingRule } from "./evidence.js";
import type { Finding } from "./finding.js";
import { FEW, batchNorms } from "./shared/norms.js";
import type { BatchNormSite } from "./shared/norms.js";
import { modulePath } from "./shared/module-path.js";
import { figure, magnitude, plural, some } from "./shared/words.js";

/** Training-mode BatchNormalization over few values: (N − 2)/(N − 3) on the square per norm, and statistics that are noise. */
export const normSmallBatch: FindingRule = {
  id: "norm-small-batch",
  examine: (c) => {
    const norms = batchNorms(c).filter((n) => n.training);
    const few = norms.filter((n) => n.values < FEW.values);
    const findings: Finding[] = [];
    if (few.length > 0) findings.push({ rule: "norm-small-batch", severity: "warning", where: placesOf(few), ...wordsOf(few) });
    const [first] = norms;
    if (first && few.length < norms.length && c.examples < FEW.examples) {
      findings.push({
        rule: "norm-small-batch",
        severity: "info",
        where: placesOf(norms.filter((n) => n.values >= FEW.values)),
        evidence: `${plural(norms.length, "training-mode BatchNorm")} on a batch of ${plural(c.examples, "example")}`,
        why:
          c.examples === 1
            ? "With one example BatchNorm is instance normalisation: each image is scaled by its own statistics, which training does not do."
            : "The statistics of so few examples differ from batch to batch, and each example weighs heavily in its own norm.",
        remedy: "Check with a batch of the size you train with.",
      });
    }
    return findings;
  },
};

const placesOf = (norms: readonly BatchNormSite[]): string =>
  some(
    norms.map((n) => modulePath(n.node)),
    2,
  );

function wordsOf(few: readonly BatchNormSite[]): Pick<Finding, "evidence" | "why" | "remedy"> {
  const least = Math.min(...few.map((n) => n.values));
  const count = `${plural(few.length, "training-mode BatchNorm")} over fewer than ${FEW.values} values per channel, the least over ${least}`;
  const remedy =
    "Use a larger batch or input, or norms that do not need one (GroupNorm, LayerNorm), which cost some accuracy in convolutional networks; or freeze the statistics, which gives up what the norm does for training.";
  if (least <= 2) {
    const why =
      least <= 1
        ? "A channel with one value equals its own mean: the norm's output is its bias whatever comes in, and no gradient passes."
        : "Of two values a norm leaves only their order: its output is +1 and -1 (up to epsilon). Most channels then pass almost no gradient, and the few whose two values nearly coincide pass it amplified (up to 1/sqrt(epsilon), 316 at 1e-5).";
    return { evidence: count, why, remedy };
  }
  const lnTotal = few.reduce((s, n) => s + (n.values > 3 ? Math.log((n.values - 2) / (n.values - 3)) : Infinity), 0);
  return {
    evidence: lnTotal < Infinity ? `${count}; expected extra growth ×${magnitude(lnTotal)} on the square over all of them` : count,
    why: `Dividing by the spread of N values multiplies the squared gradient by (N - 2)/(N - 3) in expectation${least > 3 ? ` (×${figure((least - 2) / (least - 3))} at N = ${least})` : ", which has no limit at N = 3"}: sometimes all values happen to lie close together, and then the norm amplifies.`,
    remedy,
  };
}
