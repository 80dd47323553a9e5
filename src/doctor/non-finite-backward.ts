import { traitsOf } from "../ops/registry.js";
import type { FindingRule } from "./evidence.js";
import { causeOf, evidenceOf, largest } from "./shared/non-finite.js";
import { modulePath } from "./shared/module-path.js";

/** The first cotangent that is not finite although everything was on the way forward. */
export const nonFiniteBackward: FindingRule = {
  id: "non-finite-backward",
  examine: ({ nonFinite: f }) => {
    if (f?.direction !== "backward") return [];
    const steep = traitsOf(f).steep && largest(f) < 1e15;
    const { why, remedy } = steep
      ? {
          why: `${f.op} is finite forward, but its slope is infinite at the edge of its domain (a root, a norm or a power at 0), and infinity times zero is NaN.`,
          remedy:
            "Add an epsilon inside (sqrt(x + 1e-12)). Guarding with Where or a mask afterwards does not help: the masked side's NaN survives the multiplication by zero.",
        }
      : causeOf(f);
    return [
      {
        rule: "non-finite-backward",
        severity: "error",
        where: `${modulePath(f.node)} (${f.op}), backward`,
        evidence: evidenceOf(f),
        why: `${why} All gradients before this place are lost with it.`,
        remedy,
      },
    ];
  },
};
