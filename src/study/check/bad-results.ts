import type { Model } from "../../graph/graph.js";
import type { CheckReadings } from "../../probe/check-readings.js";
import type { Reading } from "../../probe/readings.js";
import { inflect, list, plural } from "../../util/format.js";

/** Returns the readings of a site that are not finite where they should be: a gradient of zero has the logarithm −∞, a loss has none. */
const badAt = ({ readings }: CheckReadings, quantity: "loss" | "ln-gradient" | "ln-norm", site: number): readonly Reading[] =>
  readings.select(quantity, site).filter(({ value }) => !Number.isFinite(value) && (quantity === "loss" || value !== -Infinity));

/**
 * Returns the first batch in which a reading that a gradient or an activation should have is not finite: the loss, a gradient, an activation of the trunk; −1
 * where there is none.
 */
export function firstBadBatch(measured: CheckReadings): number {
  const { network, cuts, parameters, inputs } = measured.places;
  const gradients = [...cuts, ...parameters.map((p) => p.site), ...inputs.map((i) => i.site)];
  const found = [
    ...badAt(measured, "loss", network),
    ...gradients.flatMap((site) => badAt(measured, "ln-gradient", site)),
    ...cuts.flatMap((site) => badAt(measured, "ln-norm", site)),
  ];
  return found.reduce((least, r) => (least === -1 || r.batch < least ? r.batch : least), -1);
}

/** Results that are not finite, in words. */
export interface BadResults {
  readonly loss: readonly string[];
  readonly gradients: readonly string[];
}

/** Tells whether the value that the trunk ends with is not finite. */
export const endsBadly = (measured: CheckReadings): boolean => badAt(measured, "ln-norm", measured.places.cuts.at(-1)!).length > 0;

/** Returns the outputs that are not finite, in words: the one output of a file, or outputs by name. */
export function badOutputs(model: Model, broken: readonly string[]): readonly string[] {
  if (broken.length === 0) return [];
  if (model.graph.outputs.length === 1 && broken[0] === model.graph.outputs[0]) return ["the output"];
  return [`the ${inflect(broken.length, "output")} ${list(broken)}`];
}

/** Returns the results of a measurement that are not finite, in words: the loss, gradients of parameters and inputs. */
export function badResults(measured: CheckReadings): BadResults {
  const { network, cuts, parameters, inputs } = measured.places;
  const isBad = (quantity: "loss" | "ln-gradient", site: number): boolean => badAt(measured, quantity, site).length > 0;
  const gradients: string[] = [];
  const weights = parameters.filter((p) => isBad("ln-gradient", p.site)).length;
  if (weights > 0) gradients.push(`the ${inflect(weights, "gradient")} of ${weights} of ${plural(parameters.length, "parameter")}`);
  const fed = [cuts[0]!, ...inputs.map((i) => i.site)].filter((site) => isBad("ln-gradient", site)).length;
  if (fed > 0) gradients.push(`the ${inflect(fed, "gradient")} of ${plural(fed, "input")}`);
  return { loss: isBad("loss", network) ? ["the loss"] : [], gradients };
}
