import { sizeOf, stridesOf } from "../graph/tensor.js";
import { result } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import { shifted } from "./shared/vmap.js";
import type { Op } from "./op.js";

/** transposed[i_perm] = data[i]: axis k of the output is axis perm[k] of the input; reversed when perm is absent. */
export const Transpose: Op<"data", "transposed"> = {
  name: "Transpose",
  since: [1, 13, 21, 23, 24, 25],
  traits: { moves: "rearranges" },
  inputs: { data: one },
  outputs: { transposed: one },
  attrs: { perm: { kind: "ints" } },
  infer: (c) => {
    const { dtype, shape } = c.type("data");
    const perm = c.attrs.optionalInts("perm") ?? reversed(shape.length);
    if (perm.length !== shape.length || new Set(perm).size !== perm.length || perm.some((p) => p < 0 || p >= shape.length)) {
      c.fail(`perm [${perm.join(", ")}] does not permute ${shape.length} axes`);
    }
    return [{ dtype, shape: perm.map((p) => shape[p]!) }];
  },
  evaluate: (c) => {
    const x = c.x.data;
    const perm = c.attrs.optionalInts("perm") ?? reversed(x.shape.length);
    const out = result(c.out[0]!);
    const own = stridesOf(x.shape);
    const step = perm.map((p) => own[p]!);
    const counter = new Array<number>(perm.length).fill(0);
    let at = 0;
    for (let i = 0, n = sizeOf(out.shape); i < n; i++) {
      out.data[i] = x.data[at]!;
      for (let d = perm.length - 1; d >= 0; d--) {
        at += step[d]!;
        if (++counter[d]! < out.shape[d]!) break;
        at -= step[d]! * out.shape[d]!;
        counter[d] = 0;
      }
    }
    return [out];
  },
  // data̅ = transposed̄ with the inverse permutation
  vjp: ({ b, attrs, x, g }) => {
    const perm = attrs.optionalInts("perm") ?? reversed(b.shape(x.data).length);
    return {
      data: b.transpose(
        g.transposed,
        perm.map((_, i) => perm.indexOf(i)),
      ),
    };
  },
  vmap: (c) => [c.b.transpose(c.xs[0]!, [0, ...shifted(c.attrs.optionalInts("perm") ?? reversed(c.own(0).length))])],
  examples: [
    { name: "default reverses", inputs: [floats([2, 3])] },
    { name: "perm", inputs: [floats([2, 3, 4])], attrs: { perm: [2, 0, 1] } },
  ],
};

const reversed = (rank: number): number[] => Array.from({ length: rank }, (_, i) => rank - 1 - i);
