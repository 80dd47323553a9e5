import type { FindingRule } from "./evidence.js";
import { WHOLE } from "./shared/module-path.js";
import { figure } from "./shared/words.js";

/** From this share of the limit on it is worth a remark. */
const CLOSE = 0.5;

/** The learning rate against 2/λmax, the limit of gradient descent on the loss's quadratic. */
export const stepTooLarge: FindingRule = {
  id: "step-too-large",
  examine: ({ curvature, verdict }) => {
    if (!curvature || !(curvature.lambdaMax > 0) || !Number.isFinite(curvature.lambdaMax)) return [];
    const limit = 2 / curvature.lambdaMax;
    const ratio = curvature.learningRate / limit;
    if (!(ratio > CLOSE)) return [];
    const over = ratio > 1;
    const healthy =
      verdict.decision !== "healthy"
        ? ""
        : over
          ? `The profile is healthy; your divergence is not depth: this learning rate is ${figure(ratio)}× over 2/λmax. `
          : "The profile is healthy: if training diverges, depth is not the cause. ";
    return [
      {
        rule: "step-too-large",
        severity: over ? "error" : "info",
        where: WHOLE,
        evidence: `learning rate ${figure(curvature.learningRate)}, limit 2/λmax = ${figure(limit)} (λmax ${figure(curvature.lambdaMax)} on this batch): ${over ? `${figure(ratio)} times over` : `${figure(100 * ratio)} % of it`}`,
        why: over
          ? `${healthy}Along the sharpest direction each step of gradient descent overshoots and lands further away, by |1 - η·λ| = ${figure(Math.abs(1 - curvature.learningRate * curvature.lambdaMax))}.`
          : `${healthy}Below the limit a step along the sharpest direction converges; near it, it swings to and fro.`,
        remedy: over
          ? `A rate below ${figure(limit)}, reached by warm-up: curvature often falls in the first steps, and larger rates then hold. Momentum β allows 2(1 + β)/λmax; Adam divides by gradient sizes, so this limit is not its own. A smaller rate takes more steps.`
          : "Nothing; a smaller rate only if the loss swings.",
      },
    ];
  },
};
