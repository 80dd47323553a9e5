import { contract, parseEquation } from "./shared/einsum.js";
import { floats } from "./shared/examples.js";
import { one, variadic } from "./op.js";
import type { Op } from "./op.js";

/** Output = Σ over the indices that the output of `equation` lacks of the product of the inputs; indices of size 1 broadcast, repeated ones take the diagonal. */
export const Einsum: Op<"Inputs", "Output"> = {
  name: "Einsum",
  since: [12, 28],
  inputs: { Inputs: variadic },
  outputs: { Output: one },
  attrs: { equation: { kind: "string", required: true } },
  decompose: (c) => {
    const ranks = c.xs.map((v) => c.b.shape(v).length);
    return [contract(c.b, parseEquation(c.attrs.string("equation"), ranks, c.fail), c.xs, c.fail)];
  },
  examples: [
    { name: "matrix product", inputs: [floats([2, 3]), floats([3, 4])], attrs: { equation: "ij,jk->ik" } },
    { name: "attention scores", inputs: [floats([2, 3, 2, 4]), floats([2, 5, 2, 4])], attrs: { equation: "bqhd, bkhd -> bhqk" } },
    { name: "attention output", inputs: [floats([2, 2, 3, 5]), floats([2, 5, 2, 4])], attrs: { equation: "bhqk,bkhd->bqhd" } },
    { name: "linear layer with ellipsis", inputs: [floats([2, 3, 4]), floats([5, 4])], attrs: { equation: "...i,oi->...o" } },
    { name: "broadcast ellipses", inputs: [floats([2, 1, 3, 4]), floats([1, 5, 4, 2])], attrs: { equation: "...ij,...jk->...ik" } },
    {
      name: "ellipses of different ranks",
      inputs: [floats([2, 1, 3, 4]), floats([5, 4, 2])],
      attrs: { equation: "...ij,...jk->...ik" },
      withoutRuntime: "onnxruntime wants every ellipsis to cover the same number of axes",
    },
    { name: "ellipsis inside, implicit output", inputs: [floats([2, 3, 4]), floats([4])], attrs: { equation: "a...c,c" } },
    { name: "implicit output", inputs: [floats([2, 3]), floats([3, 4])], attrs: { equation: "cb,ba" } },
    { name: "transpose", inputs: [floats([2, 3])], attrs: { equation: "ij->ji" } },
    { name: "sum of all", inputs: [floats([2, 3])], attrs: { equation: "ij->" } },
    { name: "sum over an axis", inputs: [floats([2, 3, 4])], attrs: { equation: "ijk->ki" } },
    { name: "diagonal", inputs: [floats([3, 3])], attrs: { equation: "ii->i" } },
    { name: "trace", inputs: [floats([3, 3])], attrs: { equation: "ii" } },
    { name: "batch diagonal, then a product", inputs: [floats([3, 2, 3]), floats([3, 2])], attrs: { equation: "iji,ik->jk" } },
    { name: "thrice the same index", inputs: [floats([2, 3, 2, 2])], attrs: { equation: "iaii->ai" } },
    { name: "outer product", inputs: [floats([2]), floats([3])], attrs: { equation: "i,j->ij" } },
    { name: "inner product", inputs: [floats([2, 3]), floats([2, 3])], attrs: { equation: "ij,ij->" } },
    { name: "elementwise with a batch", inputs: [floats([2, 3]), floats([2, 3])], attrs: { equation: "bi,bi->bi" } },
    { name: "sums on both sides first", inputs: [floats([2, 3, 4]), floats([3, 5])], attrs: { equation: "ijk,jl->j" } },
    { name: "three operands", inputs: [floats([2, 3]), floats([3, 4]), floats([4, 2])], attrs: { equation: "ij,jk,kl->il" } },
    { name: "bilinear form", inputs: [floats([2, 3]), floats([4, 3, 5]), floats([2, 5])], attrs: { equation: "bi,oij,bj->bo" } },
    { name: "broadcast index of size 1", inputs: [floats([2, 1, 3]), floats([2, 4, 3])], attrs: { equation: "bij,bij->bi" } },
    { name: "scalar operand", inputs: [floats([]), floats([2, 3])], attrs: { equation: ",ij->ji" } },
    { name: "capital letters", inputs: [floats([2, 3]), floats([3, 2])], attrs: { equation: "Ba,aC->BC" } },
  ],
};
