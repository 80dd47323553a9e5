import type { GraphBuilder } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import { formatType } from "../graph/tensor.js";
import type { Op } from "../ops/op.js";
import { portAt } from "../ops/registry.js";
import { IsogradError } from "../util/errors.js";

/** Refuses a sequence where an op takes a tensor, and a tensor where it takes a sequence. `valueOf` gives the name that an input of the file has in `b`. */
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
 * The tensors that inputs of a node flow into. A sequence stands for its elements, and elements keep their names from sequence to
 * sequence: nothing flows into those that a node was given and only passes on.
 */
export function flowTargets(b: GraphBuilder, inputs: readonly string[], outputs: readonly string[]): readonly string[] {
  const behind = (v: string): readonly string[] => b.sequences.get(v) ?? [v];
  if (![...inputs, ...outputs].some((v) => b.sequences.has(v))) return outputs;
  const given = new Set(inputs.flatMap(behind));
  return outputs.flatMap(behind).filter((v) => !given.has(v));
}
