import { describe, expect, it } from "vitest";
import type { GraphBuilder } from "../../src/graph/builder.js";
import { tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import type { Structure } from "../../src/structure/types.js";
import { faults, structureOfGraph, tally } from "../support/structure.js";

const WIDTH = 6;

/** A network of [4, 6] activations: `build` gets the input and a maker of Linear layers. */
function net(build: (b: GraphBuilder, x: string, linear: (x: string) => string) => string, shape: readonly number[] = [4, WIDTH]): Structure {
  const b = newBuilder();
  const x = b.input("x", { dtype: "float32", shape });
  let count = 0;
  const linear = (v: string): string =>
    b.op("MatMul", [
      v,
      b.initializer(
        `w${count++}`,
        tensor(
          "float32",
          [WIDTH, WIDTH],
          Array.from({ length: WIDTH * WIDTH }, (_, i) => Math.sin(i + count)),
        ),
        false,
      ),
    ]);
  b.outputs.push(build(b, x, linear));
  const s = structureOfGraph(b.build("net"));
  expect(faults(s)).toEqual([]);
  return s;
}

const kinds = (s: Structure): string => s.blocks.map((b) => (b.skip ? `${b.kind}/${b.skip}` : b.kind)).join(" ");

describe("recognition", () => {
  it("takes activations that use their input twice for no fork", () => {
    const activations: ((b: GraphBuilder, x: string) => string)[] = [
      (b, x) => b.mul(x, b.op("Sigmoid", [x])),
      (b, x) => b.mul(x, b.scale(b.shift(b.op("Erf", [b.scale(x, Math.SQRT1_2)]), 1), 0.5)),
      (b, x) => b.mul(b.scale(x, 0.5), b.shift(b.op("Tanh", [b.scale(b.add(x, b.scale(b.mul(b.mul(x, x), x), 0.044715)), 0.7978845608)]), 1)),
      (b, x) => b.mul(x, b.op("HardSigmoid", [x])),
      (b, x) => b.mul(x, b.op("Tanh", [b.op("Softplus", [x])])),
      (b, x) => b.add(x, b.square(b.op("Sin", [x]))),
      (b, x) => b.div(b.exp(x), b.reduceSum(b.exp(x), [1])),
      (b, x) => b.sub(x, b.reduceMean(x, [1])),
      (b, x) => {
        const [left, right] = b.split(x, [2, 4], 1);
        return b.concat([right!, left!], 1);
      },
    ];
    for (const [i, act] of activations.entries()) {
      const s = net((b, x, linear) => linear(act(b, linear(act(b, linear(x))))));
      expect(tally(s), `activation ${i}`).toEqual({ plain: 3 });
      // The same beside a skip: the residual stays, the activation is part of its branch.
      const skip = net((b, x, linear) => {
        const h = linear(x);
        return linear(b.add(h, linear(act(b, h))));
      });
      expect(kinds(skip), `activation ${i}`).toBe("plain residual/identity plain");
    }
  });

  it("takes the stages of a Runge–Kutta step for the branch of one residual block", () => {
    const s = net((b, x, linear) => {
      const w = b.initializer(
        "f",
        tensor(
          "float32",
          [WIDTH, WIDTH],
          Array.from({ length: WIDTH * WIDTH }, (_, i) => Math.cos(i)),
        ),
        false,
      );
      const f = (v: string): string => b.op("Tanh", [b.op("MatMul", [v, w])]);
      let h = linear(x);
      for (let step = 0; step < 4; step++) {
        const k1 = f(h);
        const k2 = f(b.add(h, b.scale(k1, 0.5)));
        const k3 = f(b.add(h, b.scale(k2, 0.5)));
        const k4 = f(b.add(h, k3));
        h = b.add(h, b.scale(b.add(b.add(k1, b.scale(k2, 2)), b.add(b.scale(k3, 2), k4)), 1 / 6));
      }
      return linear(h);
    });
    expect(tally(s)).toEqual({ plain: 2, residual: 4, identity: 4 });
    expect(s.spans).toEqual([]);
  });

  it("tells the forms of a skip", () => {
    const branch = (b: GraphBuilder, x: string, linear: (x: string) => string): string => linear(b.op("Relu", [linear(x)]));
    const around = (join: (b: GraphBuilder, x: string, linear: (x: string) => string) => string): string =>
      kinds(net((b, x, linear) => linear(join(b, linear(x), linear))));
    expect(around((b, x, l) => b.add(x, branch(b, x, l)))).toBe("plain residual/identity plain");
    expect(around((b, x, l) => b.add(branch(b, x, l), b.reshape(b.reshape(x, [24]), [4, 6])))).toBe("plain residual/identity plain");
    expect(around((b, x, l) => b.add(l(x), branch(b, x, l)))).toBe("plain residual/projection plain");
    expect(around((b, x, l) => b.add(b.scale(x, 0.3), branch(b, x, l)))).toBe("plain residual/scaled plain");
    expect(around((b, x, l) => b.add(l(x), l(x)))).toBe("plain other plain");
    expect(around((b, x, l) => b.mul(l(x), l(x)))).toBe("plain other plain");
    expect(around((b, x, l) => b.add(b.add(x, branch(b, x, l)), branch(b, x, l)))).toBe("plain residual/identity plain");
    expect(around((b, x, l) => b.sub(x, branch(b, x, l)))).toBe("plain residual/identity plain");
    // A scalar parameter, and a vector of them.
    const alpha = net((b, x, l) => b.add(x, b.mul(branch(b, x, l), b.initializer("alpha", tensor("float32", [1], [0.5]), false))));
    expect(alpha.blocks[0]).toMatchObject({ kind: "residual", skip: "identity", branchScale: 0.5 });
    const layerScale = net((b, x, l) => b.add(x, b.mul(b.initializer("gamma", tensor("float32", [6], [3, 4, 3, 4, 3, 4]), false), branch(b, x, l))));
    expect(layerScale.blocks[0]!.branchScale).toBeCloseTo(Math.sqrt(12.5), 12);
  });

  it("takes multiples of the input for one shortcut", () => {
    const around = (join: (b: GraphBuilder, x: string, f: (x: string) => string) => string): readonly unknown[] => {
      const { skip, skipScale, branchScale } = net((b, x, l) => l(join(b, l(x), (v) => l(b.op("Relu", [l(v)]))))).blocks[1]!;
      return [skip, skipScale, branchScale];
    };
    const other = (b: GraphBuilder): string => b.initializer("x0", tensor("float32", [4, WIDTH], new Array<number>(4 * WIDTH).fill(0.2)), false);
    const half = (b: GraphBuilder, x: string): string => b.scale(x, 0.5);
    // x − ½(x − x₀), and the same in other words.
    expect(around((b, x, f) => b.add(b.sub(x, half(b, b.sub(x, other(b)))), f(x)))).toEqual(["scaled", 0.5, null]);
    expect(around((b, x, f) => b.sub(b.add(x, half(b, b.sub(other(b), x))), b.scale(f(x), 0.125)))).toEqual(["scaled", 0.5, 0.125]);
    expect(around((b, x, f) => b.add(f(x), b.sub(x, b.scale(x, 0.25))))).toEqual(["scaled", 0.75, null]);
    expect(around((b, x, f) => b.add(b.add(x, f(x)), b.scale(x, 2)))).toEqual(["scaled", 3, null]);
    // Halves that make a whole.
    expect(around((b, x, f) => b.add(b.add(half(b, x), f(x)), half(b, x)))).toEqual(["identity", null, null]);
    // What is taken away altogether is no shortcut.
    expect(net((b, x, l) => l(b.add(b.sub(x, b.add(x, other(b))), l(b.op("Relu", [l(x)]))))).blocks.map((k) => k.kind)).toContain("other");
    // A factor for each element has no one number.
    const vector = (b: GraphBuilder): string => b.initializer("g", tensor("float32", [WIDTH], [1, 2, 3, 4, 5, 6]), false);
    expect(around((b, x, f) => b.add(b.sub(x, b.mul(x, vector(b))), f(x)))).toEqual(["scaled", null, null]);
    expect(around((b, x, f) => b.add(b.add(x, f(x)), b.mul(x, vector(b))))).toEqual(["scaled", null, null]);
  });

  it("keeps a residual around what upsamples, where there are several in series", () => {
    const s = (count: number): Structure => {
      const b = newBuilder();
      const conv = (x: string, name: string, inputs = 2): string =>
        b.op(
          "Conv",
          [
            x,
            b.initializer(
              name,
              tensor(
                "float32",
                [2, inputs, 3, 3],
                Array.from({ length: 18 * inputs }, (_, i) => Math.sin(i)),
              ),
              false,
            ),
          ],
          {
            kernel_shape: [3, 3],
            pads: [1, 1, 1, 1],
          },
        );
      const twice = b.initializer("twice", tensor("float32", [4], [1, 1, 2, 2]), true);
      const unet = (x: string, i: number): string => {
        const kept = b.op("Relu", [conv(x, `a${i}`)]);
        const deep = b.op("Relu", [conv(b.op("AveragePool", [kept], { kernel_shape: [2, 2], strides: [2, 2] }), `b${i}`)]);
        return conv(b.concat([b.op("Resize", [deep, "", twice], { mode: "nearest" }), kept], 1), `c${i}`, 4);
      };
      let x = b.input("x", { dtype: "float32", shape: [1, 2, 8, 8] });
      for (let i = 0; i < count; i++) x = b.add(x, unet(x, i));
      b.outputs.push(x);
      return structureOfGraph(b.build("unets"));
    };
    expect(tally(s(2))).toEqual({ residual: 2, identity: 2 });
    expect(tally(s(5))).toEqual({ residual: 5, identity: 5 });
    // One around the whole network is shown from inside, as a U-Net is.
    expect(tally(s(1))).toEqual({ plain: 3 });
  });

  it("tells gates from activations", () => {
    const gate = (b: GraphBuilder, x: string, l: (x: string) => string): string => b.op("Sigmoid", [l(x)]);
    const complement = (b: GraphBuilder, t: string): string => b.sub(b.scalar(1, t), t);
    const around = (join: (b: GraphBuilder, x: string, l: (x: string) => string) => string): string => kinds(net((b, x, l) => l(join(b, l(x), l))));
    const h = (b: GraphBuilder, x: string, l: (x: string) => string): string => b.op("Tanh", [l(x)]);
    expect(
      around((b, x, l) => {
        const t = gate(b, x, l);
        return b.add(b.mul(h(b, x, l), t), b.mul(x, complement(b, t)));
      }),
    ).toBe("plain gated plain");
    expect(around((b, x, l) => b.add(b.mul(h(b, x, l), gate(b, x, l)), b.mul(gate(b, x, l), x)))).toBe("plain gated plain");
    expect(
      around((b, x, l) => {
        const t = gate(b, x, l);
        return b.add(x, b.mul(t, b.sub(h(b, x, l), x)));
      }),
    ).toBe("plain gated plain");
    expect(
      around((b, x, l) => {
        const t = gate(b, x, l);
        const n = h(b, x, l);
        return b.add(n, b.mul(t, b.sub(x, n)));
      }),
    ).toBe("plain gated plain");
    // A gated branch of a residual block is no gated block.
    expect(around((b, x, l) => b.add(x, b.mul(h(b, x, l), gate(b, x, l))))).toBe("plain residual/identity plain");
  });

  it("tells dense blocks, whose Concat holds the block's input, from others", () => {
    const around = (join: (b: GraphBuilder, x: string, l: (x: string) => string) => string): string =>
      kinds(
        net((b, x, l) =>
          b.op("MatMul", [join(b, l(x), l), b.initializer("head", tensor("float32", [12, 2], new Array<number>(24).fill(0.1)), false)]),
        ),
      );
    expect(around((b, x, l) => b.concat([x, b.op("Relu", [l(x)])], 1))).toBe("plain dense plain");
    expect(around((b, x, l) => b.concat([b.op("Relu", [l(x)]), x], 1))).toBe("plain dense plain");
    expect(around((b, x, l) => b.concat([l(x), b.op("Relu", [l(x)])], 1))).toBe("plain other plain");
    expect(around((b, x) => b.concat([x, b.op("Neg", [b.op("Relu", [x])])], 1))).toBe("plain plain");
  });

  it("reads norms by their axes", () => {
    const norm =
      (axes: readonly number[], centred: boolean) =>
      (b: GraphBuilder, x: string): string => {
        const c = centred ? b.sub(x, b.reduceMean(x, axes)) : x;
        return b.div(c, b.sqrt(b.shift(b.reduceMean(b.square(c), axes), 1e-5)));
      };
    const of = (axes: readonly number[], centred: boolean): readonly string[] =>
      net((b, x, l) => l(norm(axes, centred)(b, l(x)))).blocks.flatMap((k) => k.norms);
    expect(of([1], true)).toEqual(["layer"]);
    expect(of([0], true)).toEqual(["batch"]);
    expect(of([1], false)).toEqual(["rms"]);
    const conv = (axes: readonly number[]): readonly string[] =>
      net((b, x, l) => l(norm(axes, true)(b, l(x))), [2, 3, 4, WIDTH]).blocks.flatMap((k) => k.norms);
    expect(conv([0, 2, 3])).toEqual(["batch"]);
    expect(conv([2, 3])).toEqual(["instance"]);
    expect(conv([1])).toEqual(["layer"]);
    expect(conv([3])).toEqual(["layer"]);
  });

  it("survives networks without structure", () => {
    const b = newBuilder();
    b.outputs.push(b.op("Tanh", [b.initializer("w", tensor("float32", [3], [1, 2, 3]), false)]));
    const s = structureOfGraph(b.build("parameters only"));
    expect(s).toMatchObject({ blocks: [], spans: [] });
    expect(s.trunk.length).toBe(1);
    const same = net((_, x) => x);
    expect(same.trunk.length).toBe(1);
    expect(net((b, x) => b.op("Relu", [x])).blocks.map((k) => k.kind)).toEqual(["plain"]);
  });
});
