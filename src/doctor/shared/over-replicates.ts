import { mean, studentInterval } from "../../math/statistics.js";
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
 * Returns what is computed from ln of the gradient's norm at some cuts, as the mean over the replicates (examples where they are independent, else batches) with its 95 %
 * interval. Without replicates it is the known scatter of single batches, unless `exact` says that the data do not change it.
 */
export function overReplicates(e: Evidence, cuts: readonly number[], of: (at: (cut: number) => number) => number, exact = false): Spread {
  const rows = rowsOf(e, cuts);
  const values = rows.map((row) => of((cut) => row[cuts.indexOf(cut)]!)).filter(Number.isFinite);
  const value = values.length === 0 ? NaN : mean(values);
  if (exact) return { value, low: value, high: value };
  const interval = values.length < FEWEST ? null : studentInterval(values);
  if (interval !== null) return { value, ...interval };
  const reach = scatterOf({ examples: e.examples, values: undefined });
  return { value, low: value - reach, high: value + reach };
}

/** Returns ln of the factor on the gradient's norm over some blocks together, from their outputs to their inputs. */
export const gainOver = (e: Evidence, blocks: readonly Block[]): Spread =>
  overReplicates(e, [...new Set(blocks.flatMap((b) => [b.from, b.to]))], (at) => sum(blocks.map((b) => at(b.from) - at(b.to))));

function rowsOf(e: Evidence, cuts: readonly number[]): readonly (readonly number[])[] {
  const sites = cuts.map((cut) => e.places.cuts[cut]!);
  const own = e.mixing === false ? e.readings.profile("ln-gradient", sites).map((row) => row.values) : [];
  if (own.length > 0) return own;
  return Array.from({ length: e.readings.batches() }, (_, batch) => cuts.map((cut) => lnGradientOf(flowThrough(e, cut, batch))));
}
