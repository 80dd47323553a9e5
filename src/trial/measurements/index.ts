import { IsogradError, nearest } from "../../util/errors.js";
import type { MeasurementKind } from "../measurement.js";
import { blockFit } from "./block-fit.js";
import { clipping } from "./clipping.js";
import { dependencyLengths } from "./dependency-paths.js";
import { jacobian } from "./jacobian.js";
import { layerUpdates } from "./layer-updates.js";
import { lossSplit } from "./loss-split.js";
import { pathShares } from "./path-shares.js";
import { profile } from "./profile.js";
import { representation } from "./representation.js";
import { sensitivity } from "./sensitivity.js";
import { shattering } from "./shattering.js";
import { skipCosine } from "./skip-cosine.js";
import { smoothness } from "./smoothness.js";
import { sumGradient } from "./sum-gradient.js";

/** All kinds of measurement. */
export const MEASUREMENTS: readonly MeasurementKind<unknown, unknown>[] = [
  profile,
  jacobian,
  lossSplit,
  sensitivity,
  smoothness,
  pathShares,
  skipCosine,
  dependencyLengths,
  sumGradient,
  layerUpdates,
  clipping,
  shattering,
  representation,
  blockFit,
];

/** Finds a kind of measurement by its name. Error `spec/invalid` with the nearest valid name. */
export function measurementNamed(name: string): MeasurementKind<unknown, unknown> {
  const found = MEASUREMENTS.find((m) => m.name === name);
  if (found) return found;
  const names = MEASUREMENTS.map((m) => m.name);
  const near = nearest(name, names);
  throw new IsogradError("spec/invalid", `there is no measurement "${name}"`, {
    at: ["trial"],
    expected: names.join(", "),
    ...(near ? { fix: `did you mean "${near}"?` } : {}),
  });
}
