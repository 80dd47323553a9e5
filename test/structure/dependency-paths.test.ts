import { describe, expect, it } from "vitest";
import type { Graph, Node } from "../../src/graph/graph.js";
import { dependencyPaths } from "../../src/structure/dependency-paths.js";

/** A graph drawn by hand: "a b > c" is a node that makes c of a and b; in the order given. */
function drawn(...lines: readonly string[]): Graph {
  const nodes = lines.map((line, i): Node => {
    const [op, inputs, outputs] = line.split(/\s*[:>]\s*/) as [string, string, string];
    const names = (list: string): string[] => list.split(" ").map((v) => (v === "-" ? "" : v));
    return { op, domain: "", name: `n${i}`, inputs: names(inputs), outputs: names(outputs), attrs: {} };
  });
  return { name: "drawn", inputs: [], outputs: [], initializers: new Map(), constants: new Set(), nodes, types: new Map() };
}

describe("dependency paths on graphs drawn by hand", () => {
  const chain = drawn("Relu: x > a", "MatMul: a w > b", "Relu: b > c");
  it("a chain has one length", () => {
    expect(dependencyPaths(chain, "x", "c")).toEqual({ shortest: 3, longest: 3 });
    expect(dependencyPaths(chain, "w", "c")).toEqual({ shortest: 2, longest: 2 });
    expect(dependencyPaths(chain, "a", "b")).toEqual({ shortest: 1, longest: 1 });
  });

  it("a value is no step from itself, and what does not depend has no path", () => {
    expect(dependencyPaths(chain, "b", "b")).toEqual({ shortest: 0, longest: 0 });
    expect(dependencyPaths(chain, "c", "x")).toBeNull();
    expect(dependencyPaths(chain, "w", "a")).toBeNull();
    expect(dependencyPaths(chain, "nothing", "c")).toBeNull();
  });

  // x ──────────────┐        ┌───────────┐
  //  └ Relu ─ MatMul ┴ Add ──┤           ├ Add
  //                          └ MatMul ───┘
  const blocks = drawn("Relu: x > a", "MatMul: a w > b", "Add: x b > y", "MatMul: y v > c", "Add: y c > z");
  it("a skip shortens the shortest and leaves the longest", () => {
    expect(dependencyPaths(blocks, "x", "z")).toEqual({ shortest: 2, longest: 5 });
    expect(dependencyPaths(blocks, "w", "z")).toEqual({ shortest: 3, longest: 4 });
  });

  it("weighs what it is told to", () => {
    const products = (n: Node): number => (n.op === "MatMul" ? 1 : 0);
    expect(dependencyPaths(blocks, "x", "z", products)).toEqual({ shortest: 0, longest: 2 });
    expect(dependencyPaths(blocks, "w", "z", products)).toEqual({ shortest: 1, longest: 2 });
  });

  it("takes every output of a node, and leaves out inputs and outputs that are not there", () => {
    const split = drawn("Split: x > a b", "Clip: a - b > c", "Dropout: c > d -", "Neg: b > e");
    expect(dependencyPaths(split, "x", "d")).toEqual({ shortest: 3, longest: 3 });
    expect(dependencyPaths(split, "b", "d")).toEqual({ shortest: 2, longest: 2 });
    expect(dependencyPaths(split, "a", "e")).toBeNull();
  });

  it("counts 2^60 paths as fast as one", () => {
    const lines = Array.from({ length: 60 }, (_, l) => [`Relu: x${l} > a${l}`, `Add: x${l} a${l} > x${l + 1}`]).flat();
    expect(dependencyPaths(drawn(...lines), "x0", "x60")).toEqual({ shortest: 60, longest: 120 });
  });
});
