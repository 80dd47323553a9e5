import type { GraphBuilder } from "../graph/builder.js";
import type { Node } from "../graph/graph.js";
import type { ValueType } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { AttrReader } from "./attrs.js";
import { primitiveOf, traitsOf } from "./registry.js";

/**
 * Appends a primitive node for `runs` runs at once, of which those inputs differ that `differs` says; the outputs have the axis of runs in front. `inputs` are the values as
 * they are in the builder, and `types` the types of one run, by the node's own names. Error `op/unsupported` for an op without a rule.
 */
export function applyVmap(
  b: GraphBuilder,
  node: Node,
  given: {
    readonly runs: number;
    readonly inputs: readonly string[];
    readonly differs: (input: number) => boolean;
    readonly type: (value: string) => ValueType;
  },
): readonly string[] {
  const op = primitiveOf(node);
  const { runs, inputs, differs, type } = given;
  const fail = (what: string): never => {
    throw new IsogradError("op/unsupported", `${node.op} ${what}, so several runs cannot share a graph`, {
      at: [node.name],
      fix: "make the runs one by one",
    });
  };
  const own = (i: number): readonly number[] => type(node.inputs[i]!).shape;
  const aligned = (i: number, rank: number): string =>
    differs(i) && own(i).length < rank ? b.reshape(inputs[i]!, [runs, ...new Array<number>(rank - own(i).length).fill(1), ...own(i)]) : inputs[i]!;
  if (traitsOf(node).elementwise && !op.vmap) {
    const rank = Math.max(...node.inputs.map((v, i) => (v === "" ? 0 : own(i).length)));
    return b.ops(
      node.op,
      node.inputs.map((v, i) => (v === "" ? "" : aligned(i, rank))),
      node.attrs,
      { outputs: node.outputs.length },
    );
  }
  const rule = op.vmap ?? fail("has no rule for it");
  return rule({
    b,
    node,
    attrs: new AttrReader(node, op.attrs),
    runs,
    own,
    out: node.outputs.map((o) => type(o)),
    differs,
    xs: inputs,
    aligned,
    constant: (i) => ((node.inputs[i] ?? "") === "" ? undefined : b.constantOf(inputs[i]!)),
    fail,
  });
}
