import * as z from "zod";
import { networkSite } from "../graph/site.js";
import { exact, number, percent } from "../util/format.js";
import { real } from "../util/json.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";

/** From this share of the limit on it is worth a remark. */
const CLOSE = 0.5;
/**
 * Training runs at the edge of stability and beyond: the curvature at the start falls in the first steps, and rates up to 4/λmax, with ReLU up to about 12/λmax,
 * still train (Lewkowycz, Bahri, Dyer, Sohl-Dickstein & Gur-Ari 2020, the catapult phase). So far over the limit is worth a warning, so far an error.
 */
const GRADES = { warning: 3, error: 6 } as const;

/** Returns the learning rate over 2/λmax, the limit of gradient descent on the loss's quadratic. */
const ratioOf = (f: { readonly lambdaMax: number; readonly learningRate: number }): number => f.learningRate / (2 / f.lambdaMax);

/** A learning rate near or above 2/λmax. */
export const stepTooLarge: FindingRule = findingRule({
  id: "step-too-large",
  facts: factsOf({
    learningRate: real,
    lambdaMax: real.meta({ description: "The largest curvature of the loss on this batch." }),
    healthy: z.boolean().meta({ description: "Whether the profile is healthy, so that depth is not to blame." }),
  }),
  examine: ({ curvature, verdict }) => {
    if (!curvature || !(curvature.lambdaMax > 0) || !Number.isFinite(curvature.lambdaMax)) return [];
    const ratio = ratioOf(curvature);
    if (!(ratio > CLOSE)) return [];
    const { learningRate, lambdaMax } = curvature;
    return [
      {
        severity: ratio > GRADES.error ? "error" : ratio > GRADES.warning ? "warning" : "info",
        site: networkSite,
        facts: { learningRate, lambdaMax, healthy: verdict.decision === "healthy" },
      },
    ];
  },
  words: ({ facts: f }, style) => {
    const limit = number(2 / f.lambdaMax, style);
    const ratio = ratioOf(f);
    const over = ratio > 1;
    const of = over ? `×${number(ratio, style)}` : `${percent(ratio, style)} of`;
    const far = ratio > GRADES.error;
    const healthy = !f.healthy
      ? ""
      : far
        ? `The profile is healthy, so depth is not what makes such a step diverge: this learning rate is ${of} the limit 2/λmax. `
        : "The profile is healthy: if training diverges, depth is not the cause. ";
    return {
      evidence: `the learning rate ${exact(f.learningRate, style)} is ${of} the limit 2/λmax = ${limit} (λmax is ${number(f.lambdaMax, style)} on this batch)`,
      why: over
        ? `${healthy}Along the sharpest direction each step of gradient descent overshoots and lands further away, by |1 - η·λmax| = ${number(Math.abs(1 - f.learningRate * f.lambdaMax), style)}, until the curvature has fallen. ${ratio > GRADES.warning ? "So far above the limit it often does not fall in time." : "Training runs at this edge: the first steps lower the curvature, and up to about twice the limit that goes well."}`
        : `${healthy}Below the limit a step along the sharpest direction converges; near it, it swings to and fro.`,
      remedy: over
        ? `A rate below ${limit}, reached by warm-up: curvature often falls in the first steps, and larger rates then hold. Momentum β allows 2(1 + β)/λmax; Adam divides by gradient sizes, so this limit is not its own. A smaller rate takes more steps.`
        : "Nothing; a smaller rate only if the loss swings.",
    };
  },
});
