import { lnNorm, mean } from "../math/statistics.js";
import type { Bound } from "../passes/bind.js";
import type { TrunkStart } from "../structure/joined-trunks.js";
import type { Block, Structure } from "../structure/types.js";
import type { Collapse } from "./collapse.js";
import { flowAt, lnGradientOf } from "./flow.js";
import type { Flow } from "./flow.js";
import type { LostShare } from "./lost-share.js";
import type { Measurement } from "./measurement.js";
import { placesOf } from "./places.js";
import type { Places } from "./places.js";
import { lnNorms } from "./probe.js";
import { cutQuantities, gradientQuantities } from "./probes.js";
import { Readings } from "./readings.js";
import { unitQuantities } from "./units.js";
import type { Units } from "./units.js";

/** The readings of a check-up, and where in the table of sites the network's places lie. */
export interface CheckReadings {
  readonly readings: Readings;
  readonly places: Places;
}

/** Puts what the runs of a measurement graph found, one run for each batch, into columns. */
export function checkReadings(bound: Bound, structure: Structure, runs: readonly Measurement[]): CheckReadings {
  const [first] = runs as [Measurement];
  const { sites, places } = placesOf(bound, structure, { ...first, parameters: first.parameters.map((p) => p.parameter) });
  const readings = new Readings(sites);
  runs.forEach((run, batch) => {
    readings.addAll(places.network, { loss: run.loss }, { batch });
    run.cuts.forEach((results, i) => readings.addAll(places.cuts[i]!, cutQuantities(results), { batch }));
    run.branches.forEach((squares, i) => readings.addAll(places.blocks[i]!, { "ln-branch-gradient": squares && lnNorms(squares) }, { batch }));
    run.entries.forEach((squares, i) => readings.addAll(places.blocks[i]!, { "ln-entry-gradient": squares && lnNorms(squares) }, { batch }));
    run.parameters.forEach((results, i) => readings.addAll(places.parameters[i]!.site, gradientQuantities(results), { batch }));
    run.inputs.forEach(({ lnGradient }, i) => readings.addAll(places.inputs[i]!.site, { "ln-gradient": lnGradient }, { batch }));
    run.units.forEach((results, i) => readings.addAll(places.units[i]!.site, unitQuantities(results), { batch }));
  });
  return { readings, places };
}

/** Returns the readings as a trunk has them whose cuts and blocks begin at `start` among those of joined trunks. */
export const onTrunk = ({ readings, places }: CheckReadings, start: TrunkStart): CheckReadings => ({
  readings,
  places: { ...places, cuts: places.cuts.slice(start.cut), blocks: places.blocks.slice(start.block) },
});

/** Returns the mean of a number over the batches. */
export const batchMean = ({ readings }: CheckReadings, read: (batch: number) => number): number =>
  mean(Array.from({ length: readings.batches() }, (_, batch) => read(batch)));

/** Returns what flows through a cut of the trunk in one batch. */
export const flowThrough = ({ readings, places }: CheckReadings, cut: number, batch = 0): Flow => flowAt(readings, places.cuts[cut]!, { batch });

/** Returns the mean over the batches of ln ‖∂loss/∂x‖ at a cut of the trunk; −Infinity where no gradient reaches it. */
export const lnGradientAt = (r: CheckReadings, cut: number): number => batchMean(r, (batch) => lnGradientOf(flowThrough(r, cut, batch)));

/** Returns the same at the input of a block, through the block alone where something else takes that input too; `index` is the block's position. */
export const lnThrough = (r: CheckReadings, { from }: Block, index: number): number =>
  batchMean(r, (batch) => {
    const norms = r.readings.values("ln-entry-gradient", r.places.blocks[index]!, { batch });
    return norms.length === 0 ? lnGradientOf(flowThrough(r, from, batch)) : lnNorm(norms);
  });

/** Returns ln of the norm of the gradient through a block's branch alone, of the first batch; null where there is none. */
export function lnBranchGradientOf({ readings, places }: CheckReadings, block: number): number | null {
  const norms = readings.values("ln-branch-gradient", places.blocks[block]!);
  return norms.length === 0 ? null : lnNorm(norms);
}

/** Returns what the examples of a batch have in common at a cut of the trunk. */
export const collapseAt = ({ readings, places }: CheckReadings, cut: number, batch = 0): Collapse => ({
  cosine: readings.at("cosine", places.cuts[cut]!, { batch }) ?? null,
  centredShare: readings.at("centred-share", places.cuts[cut]!, { batch }) ?? null,
});

/** Returns ln of the norm of the gradient by a parameter, given by its position; −Infinity where none reaches it. */
export const lnParameterGradient = ({ readings, places }: CheckReadings, parameter: number, batch = 0): number =>
  readings.at("ln-gradient", places.parameters[parameter]!.site, { batch }) ?? -Infinity;

/** Returns what half precision would lose of the gradient by a parameter, given by its position; undefined where its elements were not looked at. */
export function lostShareOf({ readings, places }: CheckReadings, parameter: number, batch = 0): LostShare | undefined {
  const { site } = places.parameters[parameter]!;
  const [live, lnLargest] = [readings.at("live-share", site, { batch }), readings.at("ln-largest-gradient", site, { batch })];
  if (live === undefined || lnLargest === undefined) return undefined;
  const [float16, bfloat16] = [readings.at("lost-float16", site, { batch }), readings.at("lost-bfloat16", site, { batch })];
  return { float16: float16 ?? null, bfloat16: bfloat16 ?? null, live, lnLargest };
}

/** Returns the dead and saturated shares of an activation function's units, given by its position. */
export function unitsOf({ readings, places }: CheckReadings, position: number, batch = 0): Units {
  const { site } = places.units[position]!;
  return {
    dead: readings.at("dead-share", site, { batch }) ?? null,
    saturated: readings.at("saturated-share", site, { batch }) ?? null,
    size: readings.at("units", site, { batch }) ?? 0,
  };
}
