import { describe, expect, it } from "vitest";
import type { NodeProto } from "onnx-buf";
import { readOnnx } from "../../src/onnx/read.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { check } from "../../src/study/check.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { DataType, f32, int, model, node, value } from "../support/model.js";

type Coverage = NonNullable<CheckRecord["coverage"]>;

/** What is looked at of two layers `a` and `b` that lead from x to y, and of more nodes; those named in `weights` take a matrix of that name. */
async function coverage(
  nodes: readonly NodeProto[],
  weights: readonly string[] = [],
  outputs: readonly string[] = ["y"],
  inputs: readonly string[] = ["x"],
): Promise<Coverage> {
  const matrix = (name: string) =>
    f32(
      name,
      [4, 4],
      Array.from({ length: 16 }, (_, i) => Math.sin(i + name.length)),
    );
  const bytes = model({
    inputs: inputs.map((name) => value(name, [3, 4])),
    outputs: outputs.map((name) => value(name)),
    nodes: [node("MatMul", ["x", "a.weight"], ["h"]), node("Relu", ["h"], ["r"]), node("MatMul", ["r", "b.weight"], ["z"]), ...nodes],
    initializers: ["a.weight", "b.weight", ...weights].map(matrix),
  });
  return (await check(readOnnx(bytes, { name: "net" }), { runtime: referenceRuntime() })).coverage!;
}
const keep = node("Identity", ["z"], ["y"]);
const bool = { to: int(DataType.BOOL) };

describe("what was looked at", () => {
  it("is everything where everything is on the way", async () => {
    expect(await coverage([keep])).toEqual({ output: "y", parametersJudged: 2, parametersTotal: 2, blocks: 2, notLookedAt: [] });
  });

  it.each<[string, readonly NodeProto[], string]>([
    [
      "a rounding",
      [node("MatMul", ["x", "c.weight"], ["c"]), node("Round", ["c"], ["cut"], {}, { name: "/quantize/Round" })],
      "quantize ▸ Round (Round)",
    ],
    [
      "a comparison, not the cast behind it",
      [
        node("MatMul", ["x", "c.weight"], ["c"]),
        node("Greater", ["c", "x"], ["g"], {}, { name: "gate" }),
        node("Cast", ["g"], ["cut"], { to: int(DataType.FLOAT) }),
      ],
      "gate (Greater)",
    ],
    [
      "a cast",
      [
        node("MatMul", ["x", "c.weight"], ["c"]),
        node("Cast", ["c"], ["b"], bool, { name: "to-bool" }),
        node("Cast", ["b"], ["cut"], { to: int(DataType.FLOAT) }),
      ],
      "to-bool (Cast)",
    ],
    [
      "a sign behind more layers",
      [node("MatMul", ["x", "c.weight"], ["c"]), node("Tanh", ["c"], ["t"]), node("Sign", ["t"], ["cut"], {}, { name: "sign" })],
      "sign (Sign)",
    ],
  ])("says where a gradient is cut: %s", async (_, nodes, place) => {
    const seen = await coverage([...nodes, node("Add", ["z", "cut"], ["y"])], ["c.weight"]);
    expect(seen).toMatchObject({ parametersJudged: 2, parametersTotal: 3 });
    expect(seen.notLookedAt).toEqual([{ what: "c.weight", why: `the gradient is cut at ${place}, which lets none back` }]);
  });

  it("names other outputs and what serves them alone, and inputs without influence; by the module that several share", async () => {
    const side = [
      node("MatMul", ["u", "side.0.weight"], ["s"]),
      node("MatMul", ["s", "side.1.weight"], ["other"]),
      node("MatMul", ["x", "alone"], ["third"]),
    ];
    const seen = await coverage([keep, ...side], ["side.0.weight", "side.1.weight", "alone"], ["y", "other", "third"], ["x", "u"]);
    expect(seen).toMatchObject({ output: "y", parametersJudged: 2, parametersTotal: 5 });
    expect(seen.notLookedAt).toEqual([
      { what: "output other", why: "it takes no part in the loss (--output chooses it)" },
      { what: "output third", why: "it takes no part in the loss (--output chooses it)" },
      { what: "input u", why: "the output y does not depend on it" },
      { what: "side.* (2 parameters)", why: "it serves the output other" },
      { what: "alone", why: "it serves the output third" },
    ]);
  });
});
