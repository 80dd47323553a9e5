import { describe, expect, it } from "vitest";
import type { GraphBuilder } from "../../src/graph/builder.js";
import { tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { rolesOf, trunksOfGraph } from "../support/structure.js";

const WIDTH = 4;

type Layer = (x: string) => string;

/** The kinds of the blocks of each trunk, with their roles: `plain·s other·b`. */
function trunks(make: (x: string, layer: Layer, b: GraphBuilder) => string): readonly string[] {
  const b = newBuilder();
  let count = 0;
  const layer: Layer = (x) => {
    const weight = b.initializer(
      `w${count++}`,
      tensor(
        "float32",
        [WIDTH, WIDTH],
        Array.from({ length: WIDTH * WIDTH }, (_, i) => Math.sin(i + count)),
      ),
      false,
    );
    return b.op("Tanh", [b.op("MatMul", [x, weight])]);
  };
  b.outputs.push(make(b.input("x", { dtype: "float32", shape: [3, WIDTH] }), layer, b));
  return trunksOfGraph(b.build("net")).trunks.map((t) => t.blocks.map((k, i) => `${k.kind}·${rolesOf(t)[i]!}`).join(" "));
}

const repeat = (n: number, f: Layer, x: string): string => Array.from({ length: n }).reduce<string>((v) => f(v), x);

const plain = (roles: string): string => [...roles].map((r) => `plain·${r}`).join(" ");

describe("branches of one value", () => {
  const beside = (b: GraphBuilder, layer: Layer, x: string, ...lengths: readonly number[]): string =>
    lengths.map((n) => repeat(n, layer, x)).reduce((u, v) => b.add(u, v));

  it("are chains where they lead from the input, from a stem, or to the output", () => {
    expect(trunks((x, l, b) => l(beside(b, l, x, 3, 3)))).toEqual([plain("sbbh"), plain("sbb")]);
    expect(trunks((x, l, b) => l(beside(b, l, x, 3, 2, 2)))).toEqual([plain("sbbh"), plain("sb"), plain("sb")]);
    expect(trunks((x, l, b) => repeat(9, l, beside(b, l, x, 2, 2)))).toEqual([plain(`sb${"b".repeat(8)}h`), plain("sb")]);
    expect(trunks((x, l, b) => l(beside(b, l, l(x), 2, 2)))).toEqual([plain("sbbh"), plain("bb")]);
    expect(trunks((x, l, b) => beside(b, l, repeat(6, l, x), 2, 2))).toEqual([plain("sbbbbbbh"), plain("bb")]);
  });

  it("are a block within a longer chain, and where blocks of their kind are several", () => {
    expect(trunks((x, l, b) => repeat(6, l, beside(b, l, repeat(6, l, x), 3, 2)))).toEqual([`${plain("sbbbbb")} other·b ${plain("bbbbbh")}`]);
    const blocks = (n: number) => trunks((x, l, b) => l(repeat(n, (v) => beside(b, l, v, 3, 2, 1), x)));
    expect(blocks(2)).toEqual(["other·b other·b plain·h"]);
    expect(blocks(4)).toEqual(["other·b other·b other·b other·b plain·h"]);
  });

  it("are a block where each is one layer", () => {
    expect(trunks((x, l, b) => l(beside(b, l, l(x), 1, 1, 1, 1)))).toEqual(["plain·s other·b plain·h"]);
    expect(trunks((x, l, b) => b.mul(l(x), b.op("Sigmoid", [l(x)])))).toEqual(["other·b"]);
  });

  it("are no state of several values where their nodes take turns", () => {
    const turns = (meet: boolean) =>
      trunks((x, l, b) => {
        let [u, v] = [l(x), l(x)];
        for (let i = 0; i < 5; i++) [u, v] = [l(meet ? b.mul(u, v) : u), l(v)];
        return b.mul(u, v);
      });
    expect(turns(false)).toEqual([plain("sbbbbh"), plain("sbbbbb")]);
    // Where one takes from the other at every step, both are the state.
    expect(turns(true).length).toBe(1);
    expect(turns(true)[0]).toMatch(/^other/);
  });

  it("are chains beside a shortcut from the input only", () => {
    expect(trunks((x, l, b) => repeat(5, l, b.concat([x, repeat(3, l, x)], 0)))).toEqual([plain("sbbbbbbh")]);
    expect(trunks((x, l, b) => repeat(5, l, b.add(x, repeat(2, l, x))))).toEqual([`residual·b ${plain("bbbbh")}`]);
    expect(trunks((x, l, b) => l(b.add(l(x), repeat(3, l, l(x)))))[0]).not.toMatch(/residual/);
    expect(trunks((x, l, b) => ((v: string) => l(b.add(v, repeat(3, l, v))))(l(x)))).toEqual(["plain·s residual·b plain·h"]);
  });
});

describe("a selection or a pooling", () => {
  it("begins no head where no layer is before it", () => {
    const first = (x: string, b: GraphBuilder): string => b.reduceMean(x, [0]);
    expect(trunks((x, l, b) => repeat(3, l, first(x, b)))).toEqual([plain("sbh")]);
    expect(trunks((x, l, b) => repeat(2, l, first(repeat(3, l, x), b)))).toEqual([plain("sbbhh")]);
  });
});
