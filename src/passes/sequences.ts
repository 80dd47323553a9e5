import type { GraphBuilder } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import { formatType } from "../graph/tensor.js";
import type { Op } from "../ops/op.js";
import { portAt } from "../ops/registry.js";
import { IsogradError } from "../util/errors.js";

/** A differentiable edge: a gradient can pass from the values `to` back to the value `from`. All are values of the file. */
export interface GradientEdge {
  readonly from: string;
  readonly to: readonly string[];
}

/**
 * Refuses a sequence where an op takes a tensor, and a tensor where it takes a sequence. `valueOf` gives the name in `b` of an
 * input of the file. Errors: `op/unsupported`, `op/input`.
 */
export function checkSequences(file: Node, op: Op, b: GraphBuilder, valueOf: (input: string) => string): void {
  file.inputs.forEach((input, i) => {
    if (input === "") return;
    const value = valueOf(input);
    const port = portAt(op.inputs, i);
    const given = b.sequences.has(value);
    if (given && !port?.port.sequence) {
      throw new IsogradError("op/unsupported", `${file.op} takes a sequence, "${input}", where only tensors are supported`, { at: [file.name] });
    }
    if (!given && port?.port.sequence === "only") {
      throw new IsogradError("op/input", `${file.op} needs a sequence as its input "${port.name}"`, {
        at: [file.name],
        received: `"${input}", ${formatType(b.type(value))}`,
      });
    }
  });
}

/**
 * Returns the tensors at the end of a node's differentiable edges: its outputs, with a sequence replaced by its elements.
 * Elements keep their names from one sequence to the next, so elements that the node only passes on are left out.
 */
export function gradientTargets(b: GraphBuilder, inputs: readonly string[], outputs: readonly string[]): readonly string[] {
  const elementsOf = (v: string): readonly string[] => b.sequences.get(v) ?? [v];
  if (![...inputs, ...outputs].some((v) => b.sequences.has(v))) return outputs;
  const passedOn = new Set(inputs.flatMap(elementsOf));
  return outputs.flatMap(elementsOf).filter((v) => !passedOn.has(v));
}
