import type { FindingRule } from "./evidence.js";
import { normCaveat } from "./shared/norms.js";
import { silentShares } from "./shared/silent.js";
import { percent, plural, sentences, some } from "./shared/words.js";

/** A ReLU's unit that fires for 5 % of examples is alive, however small the batch. */
export const FIRING = 0.05;

/** ReLU units that are zero for every example and place of the batch. */
export const deadUnits: FindingRule = {
  id: "dead-units",
  examine: (c) => {
    const found = silentShares(c, "dead", 1 - FIRING);
    if (!found) return [];
    const { layers, watched, worst } = found;
    return [
      {
        rule: "dead-units",
        severity: worst >= 0.5 ? "warning" : "info",
        where: some(layers.map((l) => l.place)),
        evidence: `in ${layers.length} of ${plural(watched, "layer")} more units are zero for all ${plural(c.examples, "example")} than chance explains: ${some(layers.map((l) => `${percent(l.share)} of ${l.size} in ${l.place}`))}`,
        why: sentences(
          "A ReLU whose input is never positive passes no gradient, so its weights never change: large steps and large negative biases push units there, and only a change in the layers before brings them back.",
          layers.filter((l) => l.share === 1).length > 1
            ? "What lies behind a layer that is all dead gets zeros and dies with it: look at the first."
            : "",
          normCaveat(c),
        ),
        remedy:
          "Lower the learning rate or warm it up, start biases at zero, or use a leaky or smooth activation, which keeps a small gradient (and some cost). Where the network is trained the units can be pruned. Check with a larger batch first: rare features look dead in a small one.",
      },
    ];
  },
};
