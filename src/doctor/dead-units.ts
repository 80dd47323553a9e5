import { sentences } from "../util/format.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { normCaveat } from "./shared/fact-schemas.js";
import { normCaveatOf } from "./shared/norm-caveat.js";
import { silentEvidence, silentShape, silentUnits } from "./shared/silent-units.js";

/** A ReLU's unit that fires for 5 % of examples is alive, however small the batch. */
const FIRING = 0.05;

/** ReLU units that are zero for every example and position of the batch. */
export const deadUnits: FindingRule = findingRule({
  id: "dead-units",
  facts: factsOf({ ...silentShape, normCaveat }),
  examine: (e) => silentUnits(e, "dead", 1 - FIRING).map((o) => ({ ...o, facts: { ...o.facts, normCaveat: normCaveatOf(e) } })),
  words: ({ facts }, style) => ({
    evidence: silentEvidence(facts, "zero", style),
    why: sentences(
      "A ReLU whose input is never positive passes no gradient, so its weights never change: large steps and large negative biases push units there, and only a change in the layers before brings them back.",
      facts.layers.filter((l) => l.silentShare === 1).length > 1
        ? "What lies behind a layer that is all dead gets zeros and dies with it: look at the first."
        : "",
    ),
    remedy:
      "Lower the learning rate or warm it up, start biases at zero, or use a leaky or smooth activation, which keeps a small gradient (and some cost). Where the network is trained the units can be pruned. Check with a larger batch first: rare features look dead in a small one.",
  }),
});
