import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/graph/tensor.js";
import { built, parameterShapes, weightsOf } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";

const count = (spec: NetSpec): number => parameterShapes(spec).reduce((n, p) => n + sizeOf(p.shape), 0);

/** As published, or as torchvision counts its own. */
const PUBLISHED: readonly (readonly [number, NetSpec])[] = [
  [11_689_512, { arch: "resnet", depth: 18 }],
  [21_797_672, { arch: "resnet", depth: 34 }],
  [25_557_032, { arch: "resnet", depth: 50 }],
  [44_549_160, { arch: "resnet", depth: 101 }],
  [60_192_808, { arch: "resnet", depth: 152 }],
  [269_722, { arch: "resnet-cifar", depth: 20 }],
  [272_474, { arch: "resnet-cifar", depth: 20, downsample: "projection" }],
  [464_154, { arch: "resnet-cifar", depth: 32 }],
  [853_018, { arch: "resnet-cifar", depth: 56 }],
  [1_727_962, { arch: "resnet-cifar", depth: 110 }],
  [7_978_856, { arch: "densenet" }],
  [14_149_480, { arch: "densenet", depth: 169 }],
  [20_013_928, { arch: "densenet", depth: 201 }],
  [28_681_000, { arch: "densenet", depth: 161, growth: 48, width: 96 }],
  [132_863_336, { arch: "vgg", depth: 11, norm: "none" }],
  [138_365_992, { arch: "vgg", depth: 16 }],
  [134_309_962, { arch: "vgg", depth: 16, classes: 10 }],
  [143_667_240, { arch: "vgg", depth: 19, norm: "none" }],
];

describe("parameter counts", () => {
  for (const [parameters, spec] of PUBLISHED) it(`${JSON.stringify(spec)}: ${parameters}`, () => expect(count(spec)).toBe(parameters));

  it("follow from the sizes for recurrent networks and Transformers", () => {
    const [h, i, k] = [5, 3, 2];
    for (const [cell, gates] of [
      ["elman", 1],
      ["lstm", 4],
      ["gru", 3],
    ] as const) {
      expect(count({ arch: "rnn", cell, width: h, input: i, classes: k })).toBe(gates * h * (i + h + 2) + k * (h + 1));
      expect(count({ arch: "rnn", cell, width: h, input: i, classes: k, unrolled: true })).toBe(gates * h * (i + h + 1) + k * (h + 1));
    }
    const [d, t, v, l] = [8, 4, 11, 3];
    const layer = 4 * d * (d + 1) + d * 4 * d + 4 * d + 4 * d * d + d + 4 * d;
    expect(count({ arch: "transformer", depth: l, width: d, heads: 2, length: t, vocabulary: v, classes: k })).toBe(
      v * d + t * d + l * layer + 2 * d + k * (d + 1),
    );
  });
});

describe("weights", () => {
  const weights = (spec: NetSpec): ReadonlyMap<string, ArrayLike<number>> =>
    new Map([...built(spec).model.graph.initializers].map(([name, t]) => [name, t.data]));

  it("of a layer do not depend on how many others there are", () => {
    const pairs: readonly (readonly [NetSpec, NetSpec])[] = [
      [
        { arch: "mlp", depth: 3, width: 8 },
        { arch: "mlp", depth: 7, width: 8 },
      ],
      [
        { arch: "residual-mlp", depth: 3, width: 8, norm: "batch" },
        { arch: "residual-mlp", depth: 4, width: 8, norm: "batch" },
      ],
      [
        { arch: "resnet-cifar", depth: 8, width: 2 },
        { arch: "resnet-cifar", depth: 8, width: 2, skip: "exclusive-gate" },
      ],
      [
        { arch: "mlp", depth: 2, width: 6, init: "orthogonal" },
        { arch: "mlp", depth: 2, width: 6, init: "orthogonal", classes: null },
      ],
    ];
    for (const [small, large] of pairs) {
      const [a, b] = [weights(small), weights(large)];
      const shared = [...a.keys()].filter((k) => b.has(k) && k.includes("/"));
      expect(shared.length).toBeGreaterThan(1);
      for (const name of shared) expect(b.get(name), name).toEqual(a.get(name));
    }
  });

  it("depend on the seed, are each other's neither, and float32 ones are float64 ones rounded", () => {
    const spec = { arch: "mlp", depth: 2, width: 16 };
    const [zero, one, wide] = [weights(spec), weights({ ...spec, seed: 1 }), weights({ ...spec, dtype: "float64" })];
    const first = "layer1/linear/weight";
    expect(one.get(first)).not.toEqual(zero.get(first));
    expect(zero.get("layer2/linear/weight")).not.toEqual(zero.get(first));
    for (const [name, w] of wide) if (name.includes("/")) expect(Float32Array.from(w), name).toEqual(zero.get(name));
  });

  it("are drawn alike with and without the network", () => {
    for (const spec of [
      { arch: "mlp", depth: 2, width: 6, init: "orthogonal" },
      { arch: "rnn", cell: "lstm", width: 3 },
    ]) {
      const drawn = weightsOf(spec)(5);
      const own = weights({ ...spec, seed: 5 });
      expect(drawn.size).toBeGreaterThan(2);
      for (const [name, t] of drawn) expect(t.data, name).toEqual(own.get(name));
    }
  });

  it("of an unrolled network are those of the node", () => {
    for (const cell of ["elman", "lstm", "gru"]) {
      const [node, steps] = [weights({ arch: "rnn", cell, width: 3 }), weights({ arch: "rnn", cell, width: 3, unrolled: true })];
      for (const name of ["layer1/W", "layer1/R"]) expect(steps.get(name)).toEqual(node.get(name));
    }
  });

  it("that would not fit are refused before they are drawn", () => {
    expect(() => built({ arch: "mlp", width: 100_000 })).toThrow(/weights take 37\.3 GiB/);
    expect(() => built({ arch: "mlp", depth: 4, width: 1000 }, { maxBytes: 10_000_000 })).toThrow(/at most/);
  });
});
