import { describe, expect, it } from "vitest";
import { appendVjp } from "../../src/autodiff/vjp.js";
import type { Attr } from "../../src/graph/graph.js";
import { tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";

// Where a function has a kink or a pole no difference quotient decides: these derivatives are PyTorch's.

/** dy/dx elementwise for `x`, the first of `inputs`; the others are constants unless `wrt` names another. */
function slopes(op: string, inputs: readonly (readonly number[])[], attrs: Record<string, Attr> = {}, wrt = 0): number[] {
  const b = newBuilder();
  const names = inputs.map((values, i) => {
    const value = tensor("float64", values.length === 1 ? [] : [values.length], values);
    return i === wrt ? b.input("x", value) : b.initializer(`c${i}`, value);
  });
  const y = b.op(op, names, attrs);
  const grads = appendVjp(b, { nodes: [...b.nodes], seeds: new Map([[y, b.onesLike(y)]]), wrt: ["x"] });
  const g = grads.get("x");
  b.outputs.push(g === undefined ? b.zerosLike("x") : b.op("Identity", [g]));
  const x = inputs[wrt]!;
  const out = evaluateGraph(b.build("slopes"), new Map([["x", tensor("float64", x.length === 1 ? [] : [x.length], x)]]));
  return Array.from([...out.values()][0]!.data, (v) => v + 0);
}

describe("derivatives at kinks", () => {
  it("Clip passes gradients at its bounds, as torch.clamp; ReLU6 does not", () => {
    expect(slopes("Clip", [[-2, -1, 0, 1, 2], [-1], [1]])).toEqual([0, 1, 1, 1, 0]);
    expect(slopes("Clip", [[-1, 0, 3, 6, 7], [0], [6]])).toEqual([0, 0, 1, 0, 0]);
  });

  it("rectifiers", () => {
    expect(slopes("LeakyRelu", [[-1, 0, 1]], { alpha: 0.25 })).toEqual([0.25, 0.25, 1]);
    expect(slopes("PRelu", [[-1, 0, 1], [0.25]])).toEqual([0.25, 0.25, 1]);
    expect(
      slopes(
        "PRelu",
        [
          [-2, 0, 3],
          [0.1, 0.2, 0.3],
        ],
        {},
        1,
      ),
    ).toEqual([-2, 0, 0]);
    expect(slopes("ThresholdedRelu", [[0.5, 1, 2]], { alpha: 1 })).toEqual([0, 0, 1]);
    expect(slopes("Elu", [[0, 800]], { alpha: 0.5 })).toEqual([0.5, 1]);
    expect(slopes("Elu", [[0, 800]])).toEqual([1, 1]);
    expect(slopes("Selu", [[0, 800]], { alpha: 2, gamma: 0.5 })).toEqual([1, 0.5]);
    expect(slopes("Celu", [[0, 800]], { alpha: 0.5 })).toEqual([1, 1]);
  });

  it("hard and shrinking activations", () => {
    expect(slopes("HardSigmoid", [[-2, 0, 2]], { alpha: 0.25, beta: 0.5 })).toEqual([0, 0.25, 0]);
    expect(slopes("HardSwish", [[-4, -3, 0, 3, 4]])).toEqual([0, -0.5, 0.5, 1.5, 1]);
    expect(slopes("Shrink", [[-1, -0.5, 0, 0.5, 1]])).toEqual([1, 0, 0, 0, 1]);
    expect(slopes("Shrink", [[-1, -0.5, 0, 0.5, 1]], { bias: 0.5 })).toEqual([1, 0, 0, 0, 1]);
    expect(slopes("Softsign", [[0]])).toEqual([1]);
  });

  it("Max and Min share the gradient among ties", () => {
    expect(slopes("Max", [[0, 1, 2], [1]])).toEqual([0, 0.5, 1]);
    expect(slopes("Min", [[0, 1, 2], [1]])).toEqual([1, 0.5, 0]);
    expect(
      slopes("Max", [
        [1, 1],
        [1, 0],
        [1, 1],
      ]),
    ).toEqual([1 / 3, 0.5]);
  });

  it("Pow at base 0 and below", () => {
    expect(slopes("Pow", [[0], [0]])).toEqual([0]);
    expect(slopes("Pow", [[0], [1]])).toEqual([1]);
    expect(slopes("Pow", [[0], [0.5]])).toEqual([Infinity]);
    expect(
      slopes("Pow", [
        [0, 0, 0, -2, -2],
        [0, 1, 2, 3, -1],
      ]),
    ).toEqual([0, 1, 0, 12, -0.25]);
    expect(
      slopes(
        "Pow",
        [
          [0, 0, 0],
          [0, 1, 2],
        ],
        {},
        1,
      ),
    ).toEqual([0, 0, 0]);
    expect(slopes("Pow", [[-2], [2]], {}, 1)).toEqual([NaN]);
  });

  it("saturated activations stay finite", () => {
    for (const op of ["Sigmoid", "Softplus", "Mish", "Gelu", "Swish", "Elu", "Selu", "Erf", "Tanh"]) {
      for (const s of slopes(op, [[-1000, 1000]])) expect(Number.isFinite(s), op).toBe(true);
    }
    expect(slopes("Softplus", [[-1000, 1000]])).toEqual([0, 1]);
  });
});
