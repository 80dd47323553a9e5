import { tensor } from "../graph/tensor.js";
import { subgraph, truth } from "./shared/control.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** outputs = those of one branch; which one must be known before the run. */
export const If: Op<"cond", "outputs"> = {
  name: "If",
  since: [1, 11, 13, 16, 19, 21, 23, 24, 25],
  traits: { branches: true },
  inputs: { cond: one },
  outputs: { outputs: { variadic: true, sequence: "also" } },
  attrs: { then_branch: { kind: "graph", required: true }, else_branch: { kind: "graph", required: true } },
  decompose: (c) => {
    const branch = c.attrs.graph(truth(c, c.constant("cond")) ? "then_branch" : "else_branch");
    if (branch.outputs.length !== c.outputs)
      c.fail("its branch has another number of outputs", { expected: String(c.outputs), received: String(branch.outputs.length) });
    return c.inline(branch, []);
  },
  examples: [1, 0].map((cond) => ({
    name: cond ? "then" : "else",
    inputs: [{ dtype: "bool", shape: [], values: [cond], constant: true }],
    attrs: {
      then_branch: subgraph({}, [["Exp", ["a"], ["y"]]], ["y"], { a: tensor("float32", [2], [1, -2]) }),
      else_branch: subgraph({}, [["Neg", ["a"], ["y"]]], ["y"], { a: tensor("float32", [3], [1, 0, 3]) }),
    },
  })),
};
