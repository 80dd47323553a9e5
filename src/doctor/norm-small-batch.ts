import * as z from "zod";
import { nodesSite } from "../graph/site.js";
import type { Site } from "../graph/site.js";
import type { BatchNorm } from "../passes/batch-norms.js";
import { inflect, magnitude, number, plural, powerOfTen } from "../util/format.js";
import type { Style } from "../util/format.js";
import { real, whole } from "../util/json.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule, Observation, Words } from "./rule.js";
import { FEW, batchNorms } from "./shared/norms.js";

const facts = z.discriminatedUnion("few", [
  factsOf({
    few: z.literal("values"),
    norms: whole.meta({ description: `Training-mode BatchNorms over fewer than ${FEW.values} values per channel.` }),
    leastValues: real.meta({ description: "The fewest values that a channel has." }),
    lnExtraGrowth: real.meta({ description: "ln of the factor on the squared gradient that all of them together are expected to add." }),
  }),
  factsOf({ few: z.literal("examples"), norms: whole.meta({ description: "Training-mode BatchNorms over so few examples." }), examples: whole }),
]);
type Facts = z.output<typeof facts>;

/** Training-mode BatchNormalization over few values: (N − 2)/(N − 3) on the square per norm, and statistics that are noise. */
export const normSmallBatch: FindingRule = findingRule({
  id: "norm-small-batch",
  facts,
  examine: (e) => {
    const norms = batchNorms(e).filter((n) => n.training);
    const [few, enough] = [norms.filter((n) => n.values < FEW.values), norms.filter((n) => n.values >= FEW.values)];
    const found: Observation<Facts>[] = [];
    if (few.length > 0) {
      const lnExtraGrowth = few.reduce((s, n) => s + (n.values > 3 ? Math.log((n.values - 2) / (n.values - 3)) : Infinity), 0);
      const leastValues = Math.min(...few.map((n) => n.values));
      found.push({ severity: "warning", site: siteOf(few), facts: { few: "values", norms: few.length, leastValues, lnExtraGrowth } });
    }
    // Rows of a graph's nodes, or of points, are what such a norm has for a batch.
    const short = enough.filter((n) => n.examples < FEW.examples);
    if (short.length > 0) {
      const examples = Math.min(...short.map((n) => n.examples));
      found.push({ severity: "info", site: siteOf(short), facts: { few: "examples", norms: short.length, examples } });
    }
    return found;
  },
  words: ({ facts }, style) => (facts.few === "values" ? fewValues(facts, style) : fewExamples(facts)),
});

const siteOf = (norms: readonly BatchNorm[]): Site =>
  nodesSite(
    norms.map((n) => n.node),
    2,
  );

const fewExamples = ({ norms, examples }: Facts & { few: "examples" }): Words => ({
  evidence: `${plural(norms, "training-mode BatchNorm")} ${inflect(norms, "runs", "run")} on a batch of ${plural(examples, "example")}`,
  why:
    examples === 1
      ? "With one example BatchNorm is instance normalisation: each image is scaled by its own statistics, which training does not do."
      : "The statistics of so few examples differ from batch to batch, and each example weighs heavily in its own norm.",
  remedy: "Check with a batch of the size you train with.",
});

function fewValues({ norms, leastValues: least, lnExtraGrowth }: Facts & { few: "values" }, style: Style): Words {
  const count = `${plural(norms, "training-mode BatchNorm")} ${inflect(norms, "runs", "run")} over fewer than ${FEW.values} values per channel, the least over ${least}`;
  const remedy =
    "Use a larger batch or input, or norms that do not need one (GroupNorm, LayerNorm), which cost some accuracy in convolutional networks; or freeze the statistics, which gives up what the norm does for training.";
  if (least <= 2) {
    const why =
      least <= 1
        ? "A channel with one value equals its own mean: the norm's output is its bias whatever comes in, and no gradient passes."
        : `Of two values a norm leaves only their order: its output is +1 and -1 (up to epsilon). Most channels then pass almost no gradient, and the few whose two values nearly coincide pass it amplified (up to 1/√epsilon, 316 at ${powerOfTen(-5, style)}).`;
    return { evidence: count, why, remedy };
  }
  return {
    evidence:
      lnExtraGrowth < Infinity
        ? `${count}; over all of them the squared gradient is expected to grow ×${magnitude(lnExtraGrowth, style)} more`
        : count,
    why: `Dividing by the spread of N values multiplies the squared gradient by (N - 2)/(N - 3) in expectation${least > 3 ? ` (×${number((least - 2) / (least - 3), style)} at N = ${least})` : ", which has no limit at N = 3"}: sometimes all values happen to lie close together, and then the norm amplifies.`,
    remedy,
  };
}
