import { studentQuantile } from "../../math/special-functions.js";
import { lnNorm, mean, studentInterval } from "../../math/statistics.js";
import { flowThrough } from "../../probe/check-readings.js";
import { lnGradientOf } from "../../probe/flow.js";
import type { Block } from "../../structure/types.js";
import { scatterOf } from "../../verdict/judge.js";
import type { Spread } from "../../verdict/types.js";
import type { Evidence } from "../evidence.js";
import { sum } from "./profile.js";

/** Fewer replicates make no interval of use. */
const FEWEST = 3;

/**
 * Returns what is computed from ln of the gradient's norm at some cuts, with its 95 % interval over the replicates. Examples that are independent count by the norm over
 * all of them, which few may carry, and the interval is a jackknife's (Tukey 1958); else it is the mean over the batches, or without any the known scatter of single ones.
 * `exact` says that the data do not change it.
 */
export function overReplicates(e: Evidence, cuts: readonly number[], of: (at: (cut: number) => number) => number, exact = false): Spread {
  const ofRow = (row: readonly number[]): number => of((cut) => row[cuts.indexOf(cut)]!);
  const examples = examplesOf(e, cuts);
  if (examples.length > 0) {
    const columns = cuts.map((_, k) => examples.map((row) => row[k]!));
    const value = ofRow(columns.map(lnNorm));
    if (exact || examples.length < FEWEST) return { value, low: value, high: value };
    const left = columns.map(withoutEach);
    const without = examples.map((_, i) => ofRow(left.map((column) => column[i]!))).filter(Number.isFinite);
    const reach = jackknifeError(without) * studentQuantile(0.975, Math.max(1, without.length - 1));
    return { value, low: value - reach, high: value + reach };
  }
  const batches = Array.from({ length: e.readings.batches() }, (_, batch) => cuts.map((cut) => lnGradientOf(flowThrough(e, cut, batch))));
  const values = batches.map(ofRow).filter(Number.isFinite);
  const value = values.length === 0 ? NaN : mean(values);
  if (exact) return { value, low: value, high: value };
  const interval = values.length < FEWEST ? null : studentInterval(values);
  if (interval !== null) return { value, ...interval };
  const reach = scatterOf({ examples: e.examples, values: undefined });
  return { value, low: value - reach, high: value + reach };
}

/** Returns, for each of the parts of a vector, ln of the norm of the others, from ln of the parts' norms; in linear time. */
function withoutEach(parts: readonly number[]): readonly number[] {
  const after = parts.map(() => -Infinity);
  for (let i = parts.length - 2; i >= 0; i--) after[i] = lnNorm([after[i + 1]!, parts[i + 1]!]);
  let before = -Infinity;
  return parts.map((part, i) => {
    const others = lnNorm([before, after[i]!]);
    before = lnNorm([before, part]);
    return others;
  });
}

/** The standard error that the values without each one of the rows give. */
function jackknifeError(without: readonly number[]): number {
  const [n, centre] = [without.length, mean(without)];
  return n < 2 ? 0 : Math.sqrt(((n - 1) / n) * sum(without.map((v) => (v - centre) ** 2)));
}

/** Returns ln of the factor on the gradient's norm over some blocks together, from their outputs to their inputs. */
export const gainOver = (e: Evidence, blocks: readonly Block[]): Spread =>
  overReplicates(e, [...new Set(blocks.flatMap((b) => [b.from, b.to]))], (at) => sum(blocks.map((b) => at(b.from) - at(b.to))));

/** Returns ln of the norm of each example's gradient at the cuts; none where the examples depend on one another. */
function examplesOf(e: Evidence, cuts: readonly number[]): readonly (readonly number[])[] {
  if (e.mixing !== false) return [];
  const sites = cuts.map((cut) => e.places.cuts[cut]!);
  return e.readings.profile("ln-gradient", sites).map((row) => row.values);
}
