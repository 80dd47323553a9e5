import type { CheckReadings } from "../../probe/check-readings.js";
import { inflect, plural } from "../../util/format.js";

/** Returns the results of a run that are not finite, in words: the loss, the output, gradients of parameters and inputs. */
export function badResults({ readings, places }: CheckReadings): readonly string[] {
  const bad = (quantity: "loss" | "ln-gradient" | "ln-norm", site: number): boolean =>
    readings.select(quantity, site).some(({ value }) => Number.isNaN(value) || value === Infinity || (quantity === "loss" && value === -Infinity));
  const results: string[] = [];
  const { network, cuts, parameters, inputs } = places;
  if (bad("loss", network)) results.push("the loss");
  else if (readings.select("loss", network).length === 0 && bad("ln-norm", cuts[cuts.length - 1]!)) results.push("the output");
  const weights = parameters.filter((p) => bad("ln-gradient", p.site)).length;
  if (weights > 0) results.push(`the ${inflect(weights, "gradient")} of ${weights} of ${plural(parameters.length, "parameter")}`);
  const fed = [cuts[0]!, ...inputs.map((i) => i.site)].filter((site) => bad("ln-gradient", site)).length;
  if (fed > 0) results.push(`the ${inflect(fed, "gradient")} of ${plural(fed, "input")}`);
  return results;
}
