import type { Evidence } from "../../doctor/evidence.js";
import { flowThrough } from "../../probe/check-readings.js";
import { lnGradientOf } from "../../probe/flow.js";
import type { BodyProfiles } from "../../probe/profile.js";
import { mean, studentInterval } from "../../math/statistics.js";
import { incrementsOf } from "../../verdict/growth.js";
import { fitLaw } from "../../verdict/law.js";
import type { CheckRecord } from "../check-record.js";

/** The mean of ln‖g‖ over the replicates at one cut, with its 95 % interval. */
export interface Centre {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Fewer replicates make no band. */
const FEWEST = 3;

/**
 * Returns at each cut of the trunk the mean of ln‖g‖ over the replicates and its interval (Student's t): what the verdict judges. Of N examples ½ ln N is
 * added, so that N alike ones give the norm of the whole tensor. Undefined where a cut has no value for every replicate, or one that is not finite.
 */
export function centresOf(e: Evidence, profiles: BodyProfiles): readonly (Centre | undefined)[] {
  const rows = replicatesOf(e, profiles);
  return e.structure.trunk.map((_, cut) => {
    const values = rows(cut);
    if (values === undefined || values.length < FEWEST || !values.every(Number.isFinite)) return undefined;
    const interval = studentInterval(values);
    if (!interval) return undefined;
    const shift = profiles.over === "examples" ? 0.5 * Math.log(values.length) : 0;
    return { value: mean(values) + shift, low: interval.low + shift, high: interval.high + shift };
  });
}

/** Returns ln‖g‖ of each replicate at a cut, those left out that the verdict leaves out. */
function replicatesOf(e: Evidence, profiles: BodyProfiles): (cut: number) => readonly number[] | undefined {
  const batches = Array.from({ length: e.readings.batches() }, (_, batch) => batch);
  if (profiles.over === "batches") return (cut) => batches.map((batch) => lnGradientOf(flowThrough(e, cut, batch)));
  if (profiles.over !== "examples") return () => undefined;
  const at = (cut: number): readonly number[] => e.readings.values("ln-gradient", e.places.cuts[cut]!);
  const examples = at(profiles.boundaries[0]!).length;
  const live = Array.from({ length: examples }, (_, i) => i).filter((i) => profiles.boundaries.some((b) => at(b)[i]! !== -Infinity));
  return (cut) => (at(cut).length === examples ? live.map((i) => at(cut)[i]!) : undefined);
}

/** Returns the law that the verdict decided for, as a line through the profile that it judged; null where it decided for none. */
export function fitOf(
  e: Evidence,
  profiles: BodyProfiles,
  trunk: CheckRecord["trunk"],
  centres: readonly (Centre | undefined)[],
): CheckRecord["fit"] {
  const rows = profiles.gradient.filter((row) => row.every(Number.isFinite));
  if (e.verdict.law === "undetermined" || rows.length === 0) return null;
  const profile = rows[0]!.map((_, i) => mean(rows.map((row) => row[i]!)));
  const { law, form, fitted } = fitLaw(incrementsOf(profile), profiles.restarts);
  if (fitted === null || law !== e.verdict.law) return null;
  const line = fitted.reduceRight<number[]>((above, a) => [above[0]! + a / 2, ...above], [0]);
  const target = profiles.boundaries.map((b) => centres[b]?.value ?? trunk[b]!.lnGradient ?? NaN);
  const offsets = line.flatMap((v, i) => (Number.isFinite(target[i]!) ? [target[i]! - v] : []));
  if (offsets.length < 2) return null;
  const shift = mean(offsets);
  return {
    label: law === "exponential" ? "exponential law" : form === "polynomial" ? "a power of the depth" : "exp(√depth)",
    points: profiles.boundaries.map((b, i) => ({ depth: trunk[b]!.depth, lnGradient: line[i]! + shift })),
  };
}
