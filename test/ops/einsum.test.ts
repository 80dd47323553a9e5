import { describe, expect, it } from "vitest";
import { newBuilder } from "../../src/ops/registry.js";
import { sizeOf, stridesOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { stream } from "../../src/util/random.js";

/** The definition: a sum over all assignments of all indices. */
function naive(terms: readonly string[], output: string, xs: readonly Tensor[]): { shape: number[]; data: number[] } {
  const sizes = new Map<string, number>();
  terms.forEach((t, i) => [...t].forEach((l, a) => sizes.set(l, Math.max(sizes.get(l) ?? 1, xs[i]!.shape[a]!))));
  const letters = [...sizes.keys()];
  const shape = [...output].map((l) => sizes.get(l)!);
  const outStep = stridesOf(shape);
  const data = new Array<number>(sizeOf(shape)).fill(0);
  const total = letters.reduce((p, l) => p * sizes.get(l)!, 1);
  for (let n = 0; n < total; n++) {
    let rest = n;
    const at = new Map(letters.map((l) => [l, (([i, r]) => ((rest = r!), i!))([rest % sizes.get(l)!, Math.floor(rest / sizes.get(l)!)])]));
    let product = 1;
    terms.forEach((t, i) => {
      const step = stridesOf(xs[i]!.shape);
      product *= xs[i]!.data[[...t].reduce((s, l, a) => s + (xs[i]!.shape[a] === 1 ? 0 : at.get(l)! * step[a]!), 0)]!;
    });
    const o = [...output].reduce((s, l, a) => s + at.get(l)! * outStep[a]!, 0);
    data[o] = data[o]! + product;
  }
  return { shape, data };
}

describe("Einsum against its definition", () => {
  it("holds for random equations of one to four operands with repeated, broadcast and summed indices", () => {
    for (let trial = 0; trial < 300; trial++) {
      const random = stream(3, `einsum/${trial}`);
      let draws = 0;
      const below = (n: number): number => Math.floor(random.uniform(draws++) * n);
      const sizes = [2, 3, 2, 1, 4];
      const letters = [..."abcde"];
      const terms = Array.from({ length: 1 + below(4) }, () => Array.from({ length: below(4) }, () => letters[below(5)]!).join(""));
      const used = [...new Set(terms.join(""))];
      const output = used
        .filter(() => below(2) === 0)
        .sort(() => below(2) - 0.5)
        .join("");
      const xs = terms.map((t) => {
        // A repeated index keeps its size; others are sometimes 1.
        const shape = [...t].map((l) => (t.indexOf(l) === t.lastIndexOf(l) && below(5) === 0 ? 1 : sizes[letters.indexOf(l)]!));
        return tensor(
          "float64",
          shape,
          Float64Array.from({ length: sizeOf(shape) }, () => random.normal(draws++)),
        );
      });
      const b = newBuilder();
      const names = xs.map((x, i) => b.input(`x${i}`, x));
      const equation = `${terms.join(",")}->${output}`;
      b.outputs.push(b.op("Identity", [b.op("Einsum", names, { equation })], {}, { outputs: ["y"] }));
      const y = evaluateGraph(b.build("einsum"), new Map(names.map((n, i) => [n, xs[i]!]))).get("y")!;
      const expected = naive(terms, output, xs);
      expect([...y.shape], equation).toEqual(expected.shape);
      expected.data.forEach((v, i) => expect(Math.abs(y.data[i]! - v) / (1 + Math.abs(v)), equation).toBeLessThan(1e-12));
    }
  });

  it("makes one MatMul of a contraction of two operands", () => {
    const b = newBuilder();
    b.op("Einsum", [b.input("q", { dtype: "float32", shape: [2, 3, 4, 5] }), b.input("k", { dtype: "float32", shape: [2, 6, 4, 5] })], {
      equation: "bqhd,bkhd->bhqk",
    });
    expect(b.nodes.map((n) => n.op).filter((op) => op !== "Transpose" && op !== "Reshape")).toEqual(["MatMul"]);
  });

  it.each([
    ["ij,jk->ik", "describes 2 operands"],
    ["ijk->i", "does not fit an operand of rank 2"],
    ["ij->ii", "twice"],
    ["ij->k", "no operand"],
    ["i!->i", "unreadable"],
    ["ij->i->j", "two arrows"],
    ["ii->i", "sizes 2 and 3"],
  ])("refuses %s", (equation, why) => {
    const b = newBuilder();
    const x = b.input("x", { dtype: "float32", shape: [2, 3] });
    expect(() => b.op("Einsum", [x], { equation })).toThrow(why);
  });
});
