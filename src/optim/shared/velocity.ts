import * as z from "zod";
import { kept } from "../coefficients.js";
import type { Update } from "../optimiser.js";

/** The coefficient of momentum. */
export const momentumSchema = z.strictObject({ momentum: kept(0.9, "μ, the share of the velocity that is kept") });

/** Appends the velocity after the step: μv + g. */
export const velocityOf = ({ b, gradient, slots }: Update, { momentum: mu }: z.output<typeof momentumSchema>): string =>
  b.add(b.scale(slots["velocity"]!, mu), gradient);
