import { describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { bind } from "../../src/passes/bind.js";
import { apartFrom } from "../../src/structure/apart.js";

/** x → a → y; x → b → Round → + into y; x → c → z; x → d → ArgMax → i; e feeds nothing. b leads to z as well where `both` says so. */
function netOf(both: boolean) {
  const b = newBuilder();
  const x = b.input("x", { dtype: "float32", shape: [3, 4] });
  const layer = (v: string, name: string): string =>
    b.op("MatMul", [
      v,
      b.initializer(
        name,
        tensor(
          "float32",
          [4, 4],
          Array.from({ length: 16 }, (_, i) => Math.sin(i)),
        ),
        false,
      ),
    ]);
  const rounded = layer(x, "b");
  const y = b.op("Add", [layer(x, "a"), b.op("Round", [rounded], {}, { name: "the rounding" })], {}, { outputs: ["y"] });
  const z = b.op("Tanh", [both ? b.add(layer(x, "c"), rounded) : layer(x, "c")], {}, { outputs: ["z"] });
  const i = b.op("ArgMax", [layer(x, "d")], { axis: 1 }, { name: "the choice", outputs: ["i"] });
  b.initializer("e", tensor("float32", [1], [1]), false);
  b.outputs.push(y, z, i);
  return bind({ graph: b.build("net"), name: "net", opset: 20, producer: "" }, { outputs: ["y"] });
}

describe("tensors to which no gradient comes back", () => {
  const all = ["a", "b", "c", "d", "e"];

  it("are cut off by a node, lead to another output, or nowhere", () => {
    const apart = apartFrom(netOf(false), "y", all);
    expect(Object.fromEntries(apart)).toEqual({
      b: { cut: { node: "the rounding", op: "Round" }, output: null },
      c: { cut: null, output: "z" },
      d: { cut: null, output: "i" },
      e: { cut: null, output: null },
    });
  });

  it("may be cut off and lead to another output", () => {
    expect(apartFrom(netOf(true), "y", all).get("b")).toEqual({ cut: { node: "the rounding", op: "Round" }, output: "z" });
    // From the other output, the first one's layers are apart.
    const other = apartFrom(netOf(true), "z", all);
    expect([...other.keys()]).toEqual(["a", "d", "e"]);
    expect(other.get("a")).toEqual({ cut: null, output: "y" });
  });

  it("are none where a gradient comes back to all", () => expect(apartFrom(netOf(false), "y", ["a"]).size).toBe(0));
});
