import type { FindingRule } from "./evidence.js";
import { causeOf, evidenceOf } from "./shared/non-finite.js";
import { modulePath } from "./shared/module-path.js";

/** The first value on the way forward that is not finite. */
export const nonFiniteForward: FindingRule = {
  id: "non-finite-forward",
  examine: ({ nonFinite: f }) => {
    if (f?.direction !== "forward") return [];
    const given = f.op === "input";
    const { why, remedy } = given
      ? {
          why: "An input or a weight of the file is not finite before anything is computed.",
          remedy: "Clean the data, or load a checkpoint from before it diverged.",
        }
      : causeOf(f);
    return [
      {
        rule: "non-finite-forward",
        severity: "error",
        where: given ? f.value : `${modulePath(f.node)} (${f.op})`,
        evidence: evidenceOf(f),
        why: `${why} Everything that depends on it is lost, the gradient included.`,
        remedy,
      },
    ];
  },
};
