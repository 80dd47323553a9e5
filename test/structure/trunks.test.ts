import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { GraphBuilder } from "../../src/graph/builder.js";
import { tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { chainsOf } from "../../src/structure/chains.js";
import { withExactCuts } from "../../src/structure/exact-cuts.js";
import { printStructure } from "../../src/structure/print.js";
import type { Trunks } from "../../src/structure/trunks.js";
import { familiesOf, faults, rolesOf, structureOfFixture, tally, trunksOfFixture, trunksOfGraph } from "../support/structure.js";

const fixtures = readdirSync(fileURLToPath(new URL("../fixtures/structure", import.meta.url)))
  .filter((f) => f.endsWith(".onnx"))
  .map((f) => f.slice(0, -5));

const WIDTH = 4;

/** A network on [3, 4] activations; `layer` applies a matrix that is named, or w0, w1, …, and a tanh. */
function build(
  make: (n: { readonly b: GraphBuilder; input: (name: string) => string; layer: (x: string, weight?: string) => string }) => string,
): Trunks {
  const b = newBuilder();
  const made = new Set<string>();
  let count = 0;
  const output = make({
    b,
    input: (name) => b.input(name, { dtype: "float32", shape: [3, WIDTH] }),
    layer: (x, weight = `w${count++}`) => {
      if (!made.has(weight))
        b.initializer(
          weight,
          tensor(
            "float32",
            [WIDTH, WIDTH],
            Array.from({ length: WIDTH * WIDTH }, (_, i) => Math.sin(i + made.size)),
          ),
          false,
        );
      made.add(weight);
      return b.op("Tanh", [b.op("MatMul", [x, weight])]);
    },
  });
  b.outputs.push(output);
  const found = trunksOfGraph(b.build("net"));
  expect(faultsOf(found)).toEqual([]);
  return found;
}

const repeat = (n: number, f: (x: string) => string, x: string): string => Array.from({ length: n }).reduce<string>((v) => f(v), x);

/** What holds of all trunks of a network. */
function faultsOf({ trunks, parameters, unheld }: Trunks): readonly string[] {
  const found = trunks.flatMap((t) => faults(t));
  const nodes = trunks.flatMap((t) => t.blocks.flatMap((b) => b.nodes));
  if (new Set(nodes).size !== nodes.length) found.push("a node lies in two trunks");
  const held = new Set(nodes);
  for (const u of unheld) if (held.has(u.node)) found.push(`${u.node} is held`);
  trunks.forEach((t, i) => {
    if (t.trunk[0]!.name !== t.source || t.trunk[t.trunk.length - 1]!.name !== t.target) found.push(`trunk ${i} has other ends than its cuts`);
    if (i > 0 && !t.blocks.some((b) => b.weights.length > 0)) found.push(`trunk ${i} has no layer`);
    t.blocks.forEach((b, block) => {
      for (const w of b.weights) {
        // A weight may be computed, from several tensors of the file.
        const at = parameters.get(w)?.block;
        if (at && (at.trunk > i || (at.trunk === i && at.block > block))) found.push(`${w} belongs to a later block than the first with it`);
      }
    });
  });
  return found;
}

const sidesOf = (t: Trunks): readonly string[] => t.trunks.slice(1).map((s) => `${s.source} → ${s.target}: ${familiesOf(s)}`);

describe("all trunks of networks as PyTorch exports them", () => {
  for (const name of fixtures) {
    it(`holds every layer of ${name} once, or says which block it feeds`, () => {
      const found = trunksOfFixture(name);
      expect(faultsOf(found)).toEqual([]);
      expect(found.trunks[0]).toEqual(structureOfFixture(name));
      expect(found.unheld.filter((u) => u.feeds === null)).toEqual([]);
      // Cuts of every trunk can be measured.
      for (const t of found.trunks) expect(withExactCuts(found.bound.graph, t.trunk).cuts.length).toBe(t.trunk.length);
    });
  }

  it("finds none beside the main one where blocks hold all branches", () => {
    const several = fixtures.filter((name) => trunksOfFixture(name).trunks.length > 1);
    expect(several).toEqual(["detr", "experts_deep", "lstm_both_ways", "lstm_cells_in_layers", "siamese", "teacher_student", "two_encoders"]);
  });

  it("finds the other tower of two", () => {
    const [text, image] = trunksOfFixture("two_encoders").trunks;
    expect(tally(text!)).toEqual({ plain: 1, residual: 6, identity: 6 });
    expect(image!.source).toBe("x");
    expect([tally(image!), familiesOf(image!), rolesOf(image!)]).toEqual([{ plain: 5 }, "4 convolution, 1 matrix", "sbbbh"]);
    const siamese = trunksOfFixture("siamese").trunks;
    expect(siamese.map((t) => [t.source, rolesOf(t)])).toEqual([
      ["a", "sbbbbh"],
      ["b", "sbbbb"],
    ]);
    // Both towers have the same weights, in the same order.
    expect(siamese[1]!.blocks.map((b) => b.weights)).toEqual(siamese[0]!.blocks.slice(0, 5).map((b) => b.weights));
  });

  it("finds a student beside its teacher, and no teacher where no gradient comes back to it", () => {
    expect(trunksOfFixture("teacher_student").trunks.map((t) => [t.source, t.blocks.length])).toEqual([
      ["x", 7],
      ["x", 4],
    ]);
    const hard = trunksOfFixture("teacher_student_hard");
    expect(hard.trunks.map((t) => t.blocks.length)).toEqual([4]);
    const apart = [...hard.bound.candidates.keys()].filter((p) => !hard.parameters.has(p));
    expect([hard.parameters.size, apart.length]).toEqual([8, 14]);
  });

  it("finds an encoder and the decoder that attends to it in one trunk, each a layer over time", () => {
    const { trunks, unheld, parameters } = trunksOfFixture("attentive_decoder");
    const [main] = trunks;
    expect([familiesOf(main!), chainsOf(main!).map((c) => c.length)], printStructure(main!)).toEqual(["1 matrix, 20 recurrent, 1 matrix", [11, 9]]);
    // The decoder's layer of its outputs for all steps but the last.
    expect(unheld.map((u) => u.feeds)).toEqual(Array.from({ length: 9 }, () => ({ trunk: 0, block: 21 })));
    // Both tables belong to the blocks that begin with their rows.
    expect([...parameters.values()].every((p) => p.block !== null)).toBe(true);
  });

  it("finds what is applied to learned queries before they meet an image", () => {
    const { trunks, unheld, bound } = trunksOfFixture("detr");
    const queries = trunks[1]!;
    expect(bound.candidates.has(queries.source)).toBe(true);
    expect(tally(queries)).toEqual({ plain: 1, residual: 1, identity: 1 });
    // In each layer of the decoder: what asks in the first, and the keys and values of the others.
    expect(unheld.length).toBe(3);
  });

  it("finds the experts beside the first where they are most of a network, and the layers below the last ones of cells", () => {
    const experts = trunksOfFixture("experts_deep");
    expect(experts.trunks.map((t) => familiesOf(t))).toEqual(["7 matrix", "5 matrix", "5 matrix", "5 matrix"]);
    // The gate.
    expect(experts.unheld.map((u) => u.feeds)).toEqual([{ trunk: 0, block: 5 }]);
    const cells = trunksOfFixture("lstm_cells_in_layers").trunks[1]!;
    expect([tally(cells), cells.spans.map((s) => s.kind)]).toEqual([{ plain: 1, gated: 10 }, ["recurrent"]]);
  });

  it("finds the other direction of a recurrent network", () => {
    const [there, back] = trunksOfFixture("lstm_both_ways").trunks;
    expect(tally(there!)["gated"]).toBe(19);
    expect([tally(back!), rolesOf(back!)]).toEqual([{ plain: 1, gated: 19 }, "b".repeat(20)]);
  });
});

describe("trunks beside the main one", () => {
  it("begin at an input of their own, and end where they join", () => {
    const found = build(({ b, input, layer }) => {
      const [x, z] = [input("x"), input("z")];
      return layer(b.concat([repeat(5, layer, x), repeat(3, layer, z)], 0));
    });
    expect(found.trunks.map((t) => [t.source, t.blocks.length, rolesOf(t)])).toEqual([
      ["x", 6, "sbbbbh"],
      ["z", 3, "sbb"],
    ]);
    expect(found.unheld).toEqual([]);
  });

  it("need two layers in series", () => {
    const found = build(({ b, input, layer }) => {
      const [x, z] = [input("x"), input("z")];
      return layer(b.add(repeat(3, layer, x), layer(z, "alone")));
    });
    expect(found.trunks.length).toBe(1);
    expect(found.unheld.map((u) => [u.weight, u.feeds])).toEqual([["alone", { trunk: 0, block: 2 }]]);
    expect(found.parameters.get("alone")).toEqual({ block: null, feeds: { trunk: 0, block: 2 } });
  });

  it("are no branches inside a block", () => {
    const inception = build(({ b, input, layer }) => {
      const block = (x: string): string => b.add(b.mul(repeat(3, layer, x), repeat(3, layer, x)), repeat(2, layer, x));
      return layer(repeat(3, block, layer(input("x"))));
    });
    expect(inception.trunks.map((t) => tally(t))).toEqual([{ plain: 2, other: 3 }]);
    expect(inception.unheld).toEqual([]);
  });

  it("end before the layers that project them for each user", () => {
    const found = build(({ b, input, layer }) => {
      let h = repeat(8, layer, input("x"));
      const memory = repeat(4, layer, input("z"));
      for (let i = 0; i < 6; i++) h = layer(b.add(h, layer(memory)));
      return h;
    });
    expect(found.trunks.map((t) => [t.source, t.blocks.length])).toEqual([
      ["x", 14],
      ["z", 4],
    ]);
    expect(found.unheld.map((u) => u.feeds?.block)).toEqual([7, 8, 9, 10, 11, 12]);
  });

  it("begin where an auxiliary head leaves the main one", () => {
    const found = build(({ b, input, layer }) => {
      const middle = repeat(4, layer, input("x"));
      return b.add(repeat(6, layer, middle), repeat(3, layer, middle));
    });
    expect(found.trunks.map((t) => t.blocks.length)).toEqual([10, 3]);
    expect(found.trunks[1]!.source).toBe(found.trunks[0]!.trunk.find((c) => c.boundary && c.depth === found.trunks[0]!.blocks[3]!.to)!.name);
    // It begins in the middle of the network, and ends in no classifier that it has for itself alone.
    expect(rolesOf(found.trunks[1]!)).toBe("bbb");
  });

  it("are found longest first, and joined to each other too", () => {
    const found = build(({ b, input, layer }) => {
      const [x, y, z] = [input("x"), input("y"), input("z")];
      const side = repeat(2, layer, b.add(repeat(3, layer, y), repeat(2, layer, z)));
      return layer(b.add(repeat(8, layer, x), side));
    });
    expect(found.trunks.map((t) => [t.source, t.blocks.length])).toEqual([
      ["x", 9],
      ["y", 5],
      ["z", 2],
    ]);
  });

  it("begin at a parameter that is treated as an input, but at none that becomes a weight", () => {
    const queries = build(({ b, input, layer }) => {
      const learned = b.initializer("queries", tensor("float32", [3, WIDTH], new Array<number>(12).fill(0.3)), false);
      return layer(b.add(repeat(4, layer, input("x")), repeat(3, layer, learned)));
    });
    expect(sidesOf(queries)).toEqual([expect.stringMatching(/^queries → .*: 3 matrix$/)]);
    const factors = build(({ b, input, layer }) => {
      const part = (name: string): string => b.initializer(name, tensor("float32", [WIDTH, WIDTH], new Array<number>(16).fill(0.1)), false);
      const weight = b.op("MatMul", [b.op("MatMul", [part("a"), part("b")]), part("c")]);
      return layer(b.op("MatMul", [layer(input("x")), weight]));
    });
    expect(factors.trunks.length).toBe(1);
    expect(["a", "b", "c"].map((p) => factors.parameters.get(p)?.block)).toEqual(Array(3).fill({ trunk: 0, block: 1 }));
  });

  it("hold the layer that feeds their steps, and nothing else that feeds more, or more of it", () => {
    // A decoder of which all inputs are projected at once, and a reader of its last step, joined by `more` to the rest.
    const decoder = (more: "nothing" | "the end" | "two layers", each = false): Trunks =>
      build(({ b, input, layer }) => {
        const x = input("x");
        const [into, step] = ["into", "step"].map((w) => b.initializer(w, tensor("float32", [WIDTH, WIDTH], new Array<number>(16).fill(0.1)), false));
        const projected = (v: string): string => b.op("MatMul", [v, into!]);
        const source = input("z");
        const all = more === "two layers" ? layer(projected(source)) : projected(source);
        let h = layer(layer(x));
        for (let t = 0; t < 6; t++)
          h = b.op("Tanh", [b.add(b.op("MatMul", [h, step!]), each ? projected(b.scale(source, t + 1)) : b.scale(all, t + 1))]);
        return layer(more === "the end" ? b.add(layer(h), all) : h);
      });
    for (const own of [decoder("nothing"), decoder("nothing", true)]) {
      expect([own.unheld, own.trunks.length, familiesOf(own.trunks[0]!)]).toEqual([[], 1, "2 matrix, 6 recurrent, 1 matrix"]);
      expect(own.parameters.get("into")).toEqual({ block: { trunk: 0, block: 2 }, feeds: { trunk: 0, block: 2 } });
    }
    expect(decoder("the end").parameters.get("into")!.block).toBe(null);
    // Two layers are a trunk of their own.
    expect(decoder("two layers").parameters.get("into")!.block).toEqual({ trunk: 1, block: 0 });
  });

  it("are no steps of time where layers share their weights and nothing else enters", () => {
    const tied = build(({ input, layer }) => layer(repeat(6, (v) => layer(v, "tied"), layer(input("x")))));
    expect(familiesOf(tied.trunks[0]!)).toBe("8 matrix");
  });

  it("are none behind what lets no gradient back", () => {
    const found = build(({ b, input, layer }) => {
      const cut = b.op("Round", [repeat(3, (v) => layer(v), layer(input("z"), "lost"))]);
      return layer(b.add(repeat(3, layer, input("x")), cut));
    });
    expect(found.trunks.length).toBe(1);
    expect(found.parameters.has("lost")).toBe(false);
  });

  it("leave what is beyond the largest number to the layers in no block", () => {
    const towers = 12;
    const found = build(({ b, input, layer }) => {
      const ends = Array.from({ length: towers }, (_, i) => repeat(2 + (i % 3), layer, input(`x${i}`)));
      return layer(ends.reduce((sum, v) => b.add(sum, v)));
    });
    expect(found.trunks.length).toBe(9);
    expect(found.trunks.slice(1).map((t) => t.blocks.length)).toEqual([4, 4, 4, 3, 3, 3, 3, 2]);
    expect(found.unheld.length).toBe(6);
  });
});
