import { expect, it } from "vitest";
import { gradientGraph } from "../../src/autodiff/gradient.js";
import { tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { firstNonFinite } from "../../src/probe/first-non-finite.js";
import { referenceRuntime } from "../../src/runtime/reference.js";

const runtime = referenceRuntime();
const host = { runtime, memoryLimit: Infinity };
const about = { examples: 1, trained: new Set<string>(), independent: false };

it("names the node that turns finite operands into infinity, its operands' ranges and the example", async () => {
  const b = newBuilder();
  const x = b.input("x", { dtype: "float64", shape: [3, 2] });
  const y = b.op("Exp", [b.scale(x, 1000)], {}, { name: "explosion" });
  b.outputs.push(b.reduceSum(b.op("Tanh", [y]), [0, 1], false));
  const found = await firstNonFinite(b.build("g"), new Map([["x", tensor("float64", [3, 2], [0, -1, 0.5, 1, 0, 0])]]), host, {
    ...about,
    examples: 3,
  });
  expect(found).toMatchObject({ direction: "forward", node: "explosion", op: "Exp", kind: "infinity", example: 1 });
  expect(found!.operands).toEqual([{ name: expect.any(String) as string, low: -1000, high: 1000 }]);
});

it("finds a cotangent that is not finite where the forward pass is", async () => {
  const b = newBuilder();
  const x = b.input("x", { dtype: "float64", shape: [2] });
  const loss = b.reduceSum(b.op("Sqrt", [x], {}, { name: "root" }), [0], false);
  const { graph } = gradientGraph(b.build("g"), { loss, wrt: ["x"] });
  const found = await firstNonFinite(graph, new Map([["x", tensor("float64", [2], [1, 0])]]), host, about);
  expect(found).toMatchObject({ direction: "backward", node: "root", op: "Sqrt", kind: "infinity", example: null });
});

it("points at an input that is not finite itself, and at nothing where all is finite", async () => {
  const b = newBuilder();
  const x = b.input("x", { dtype: "float64", shape: [2] });
  b.outputs.push(b.exp(x));
  expect(await firstNonFinite(b.build("g"), new Map([["x", tensor("float64", [2], [1, NaN])]]), host, { ...about, examples: 2 })).toMatchObject({
    node: "x",
    kind: "NaN",
    example: 1,
  });
  expect(await firstNonFinite(b.build("g"), new Map([["x", tensor("float64", [2], [1, 2])]]), host, { ...about, examples: 2 })).toBeUndefined();
});

it("refuses to take more memory than it may", async () => {
  const b = newBuilder();
  const x = b.input("x", { dtype: "float64", shape: [2] });
  b.outputs.push(b.exp(x));
  const looked = firstNonFinite(
    b.build("g"),
    new Map([["x", tensor("float64", [2], [1, NaN])]]),
    { runtime, memoryLimit: 8 },
    { ...about, examples: 2 },
  );
  await expect(looked).rejects.toMatchObject({ code: "memory/limit" });
});
