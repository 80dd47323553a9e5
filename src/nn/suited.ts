import { architectureNamed, resolveNet } from "./spec.js";
import type { NetSpec } from "./spec.js";

/** What examples look like to a network: the shape of one, empty where they have several inputs, and how many classes they have. */
export interface ExampleShape {
  readonly shape: readonly number[];
  readonly classes: number | undefined;
}

/** Returns the spec with its input and its classes as the examples have them, where it does not say them itself and its architecture has such fields. */
export function suitedTo(spec: NetSpec, { shape, classes }: ExampleShape): NetSpec {
  const { fields } = resolveNet(spec);
  const own = { ...spec, ...(classes === undefined || "classes" in spec || !("classes" in fields) ? {} : { classes }) };
  if (shape.length === 0 || "input" in spec || !("input" in architectureNamed(spec.arch).fields)) return own;
  const { input } = fields;
  // Without a list of sizes the input is a row of features.
  if (!Array.isArray(input)) return { ...own, input: shape.reduce((n, d) => n * d, 1) };
  return input.length === shape.length ? { ...own, input: [...shape] } : own;
}
