import { IsogradError, nearest } from "../util/errors.js";
import { activationAfterBn } from "./activation-after-bn.js";
import type { AnyClaim } from "./claim.js";
import { clippingSolves } from "./clipping-solves.js";
import { copiedForward } from "./copied-forward.js";
import { copiedGradient } from "./copied-gradient.js";
import { earlierLayersGetMore } from "./earlier-layers-get-more.js";
import { gradientDivided } from "./gradient-divided.js";
import { gradientDividedConcat } from "./gradient-divided-concat.js";
import { highwayMitigates } from "./highway-mitigates.js";
import { lossNotGradient } from "./loss-not-gradient.js";
import { mlpNeverExplodes } from "./mlp-never-explodes.js";
import { nearZeroWeights } from "./near-zero-weights.js";
import { noGreaterRisk } from "./no-greater-risk.js";
import { noImprovement } from "./no-improvement.js";
import { normalisationNotSkips } from "./normalisation-not-skips.js";
import { oneLargeLayer } from "./one-large-layer.js";
import { perturbation } from "./perturbation.js";
import { prePostLn } from "./pre-post-ln.js";
import { resnetMitigates } from "./resnet-mitigates.js";
import { scaledBranch } from "./scaled-branch.js";
import { shattering } from "./shattering.js";
import { shortPaths } from "./short-paths.js";
import { skipStopsExplosion } from "./skip-stops-explosion.js";
import { smallerFeatureSpace } from "./smaller-feature-space.js";
import { smoother } from "./smoother.js";
import { syntheticGradient } from "./synthetic-gradient.js";
import { vggWithBn } from "./vgg-with-bn.js";

/** Every claim, in the order of the argument. They are judged together: their number is the m of every interval. */
export const CLAIMS: readonly AnyClaim[] = [
  skipStopsExplosion,
  resnetMitigates,
  highwayMitigates,
  copiedGradient,
  copiedForward,
  gradientDivided,
  gradientDividedConcat,
  nearZeroWeights,
  scaledBranch,
  oneLargeLayer,
  normalisationNotSkips,
  vggWithBn,
  activationAfterBn,
  smoother,
  clippingSolves,
  smallerFeatureSpace,
  perturbation,
  lossNotGradient,
  syntheticGradient,
  earlierLayersGetMore,
  noImprovement,
  noGreaterRisk,
  shortPaths,
  shattering,
  prePostLn,
  mlpNeverExplodes,
];

/** The claims of these ids, in the order of the list; all of them without any. Error `usage/option` with the nearest valid id. */
export function claimsNamed(ids: readonly string[]): readonly AnyClaim[] {
  const known = CLAIMS.map((c) => c.id);
  for (const id of ids) {
    if (known.includes(id)) continue;
    const near = nearest(id, known);
    throw new IsogradError("usage/option", `there is no claim "${id}"`, near ? { fix: `did you mean "${near}"?` } : { expected: known.join(", ") });
  }
  return ids.length === 0 ? CLAIMS : CLAIMS.filter((c) => ids.includes(c.id));
}
