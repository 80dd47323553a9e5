// What a reading can be of. Derived numbers (gains, scale-free gradients, update ratios) are computed from these, and are no quantities themselves.

/** The unit of a quantity: `ln`, the natural logarithm of a pure number; `1`, a pure number: a count, a share, a loss. */
export type Unit = "ln" | "1";

/** Every quantity with its unit: the closed list that readings, run files and foreign logs share. */
export const QUANTITIES = {
  loss: { unit: "1", meaning: "The mean loss over the batch." },
  accuracy: { unit: "1", meaning: "Share of the validation examples that are classified rightly, the network as it is used after training." },
  "validation-loss": { unit: "1", meaning: "The mean loss over the validation examples, the network as it is used after training." },
  "train-accuracy": { unit: "1", meaning: "Share of the batch's examples that are classified rightly, before the step." },
  "learning-rate": { unit: "1", meaning: "The learning rate of the step." },
  "clip-share": {
    unit: "1",
    meaning: "Share of what a rule of clipping bounds that it changed: elements, units, parameters, or the whole gradient.",
  },
  "ln-gradient": { unit: "ln", meaning: "ln ‖∂loss/∂x‖ at a value, or by a parameter: of one example, or of the whole batch." },
  "ln-branch-gradient": { unit: "ln", meaning: "ln of the norm of what a block's branch alone adds to the gradient of its input." },
  "ln-entry-gradient": {
    unit: "ln",
    meaning:
      "ln of the norm of what the first block of a chain adds to the gradient of its input, where others take that, too: of one example, or of the whole batch.",
  },
  "ln-norm": { unit: "ln", meaning: "ln ‖x‖ of a value, or of a parameter: of one example, or of the whole batch." },
  "ln-update": { unit: "ln", meaning: "ln ‖w' - w‖ of a parameter: how far the step moved it." },
  "ln-activation": { unit: "ln", meaning: "½ ln mean x² of a value: of one example, or of the whole batch." },
  elements: { unit: "1", meaning: "Elements of a value that belong to one example, or to the whole batch where it has no row for each." },
  cosine: { unit: "1", meaning: "Mean cosine between two examples at a value." },
  "centred-share": { unit: "1", meaning: "Share of mean x² at a value that differs between the examples." },
  units: { unit: "1", meaning: "Units at the output of an activation function: features, or channels of a map." },
  "dead-share": { unit: "1", meaning: "Share of these units that are zero for every example." },
  "saturated-share": { unit: "1", meaning: "Share of these units that lie on the flat part of their curve for every example." },
  "live-share": { unit: "1", meaning: "Share of the elements of a parameter's gradient that are not zero." },
  "lost-float16": { unit: "1", meaning: "Share of these elements that float16 rounds to zero." },
  "lost-bfloat16": { unit: "1", meaning: "Share of these elements that bfloat16 rounds to zero." },
  "ln-largest-gradient": { unit: "ln", meaning: "ln of the largest magnitude among the elements of a parameter's gradient." },
} as const satisfies Readonly<Record<string, { readonly unit: Unit; readonly meaning: string }>>;

/** The name of a quantity. */
export type Quantity = keyof typeof QUANTITIES;

/** The names of all quantities. */
export const QUANTITY_NAMES = Object.keys(QUANTITIES) as [Quantity, ...Quantity[]];

/** Returns the unit of a quantity. */
export const unitOf = (quantity: Quantity): Unit => QUANTITIES[quantity].unit;

/** The result of a probe in quantities: a list has one number for each example; what is null or undefined is not defined at this place. */
export type Quantified = { readonly [Q in Quantity]?: number | readonly number[] | null | undefined };
