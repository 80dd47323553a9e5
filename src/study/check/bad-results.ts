import type { CheckReadings } from "../../probe/check-readings.js";
import type { Reading } from "../../probe/readings.js";
import { inflect, plural } from "../../util/format.js";

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

/** Returns the results of a run that are not finite, in words: the loss, the output, gradients of parameters and inputs. */
export function badResults(measured: CheckReadings): readonly string[] {
  const { network, cuts, parameters, inputs } = measured.places;
  const isBad = (quantity: "loss" | "ln-gradient" | "ln-norm", site: number): boolean => badAt(measured, quantity, site).length > 0;
  const results: string[] = [];
  if (isBad("loss", network)) results.push("the loss");
  else if (measured.readings.select("loss", network).length === 0 && isBad("ln-norm", cuts[cuts.length - 1]!)) results.push("the output");
  const weights = parameters.filter((p) => isBad("ln-gradient", p.site)).length;
  if (weights > 0) results.push(`the ${inflect(weights, "gradient")} of ${weights} of ${plural(parameters.length, "parameter")}`);
  const fed = [cuts[0]!, ...inputs.map((i) => i.site)].filter((site) => isBad("ln-gradient", site)).length;
  if (fed > 0) results.push(`the ${inflect(fed, "gradient")} of ${plural(fed, "input")}`);
  return results;
}
