import type { FindingRule } from "./evidence.js";
import { silentShares } from "./shared/silent.js";
import { percent, plural, some } from "./shared/words.js";

/** A unit that leaves its flat part for 20 % of examples is at work. */
export const WORKING = 0.2;

/** Sigmoid and tanh units that are flat for every example and place of the batch. */
export const saturatedUnits: FindingRule = {
  id: "saturated-units",
  examine: (c) => {
    const found = silentShares(c, "saturated", 1 - WORKING);
    if (!found) return [];
    const { layers, watched, worst } = found;
    return [
      {
        rule: "saturated-units",
        severity: worst >= 0.5 ? "warning" : "info",
        where: some(layers.map((l) => l.place)),
        evidence: `in ${layers.length} of ${plural(watched, "layer")} more units are flat for all ${plural(c.examples, "example")} than chance explains: ${some(layers.map((l) => `${percent(l.share)} of ${l.size} in ${l.place}`))}`,
        why: "Near its limits a sigmoid or tanh has almost no slope (|tanh| above .99: slope below .02), so it passes less than 1/2500 of the squared gradient, and its own weights hardly move.",
        remedy:
          "Scale the weights (or inputs) before these layers down, or normalise them; gates that shall be open or shut may stay. A ReLU-like function does not saturate above, but needs its own weight scale.",
      },
    ];
  },
};
