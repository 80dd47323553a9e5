import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { gradientGraph } from "../../src/autodiff/gradient.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import { buildNet } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { bind } from "../../src/passes/bind.js";
import { withWeights } from "../../src/passes/weights.js";
import { sumOf } from "../../src/nn/losses.js";
import { newBuilder } from "../../src/ops/registry.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";

// Outputs and gradients of what the builders build against PyTorch's own modules in float64 (tools/fixtures/make_net_truth.py).

const folder = fileURLToPath(new URL("../fixtures/nn", import.meta.url));
const resnet = { arch: "resnet-cifar", depth: 8, width: 2, input: [3, 8, 8], classes: 3, downsample: "projection" };
const conv = { arch: "plain-conv", depth: 2, width: 4, input: [3, 5, 5], classes: 3, activation: "tanh", padding: "circular" };
const recurrent = { arch: "rnn", length: 5, width: 4, input: 3, classes: 3 };
const transformer = { arch: "transformer", depth: 2, width: 8, heads: 2, hidden: 12, length: 4, classes: 3, positions: false };

const SPECS: Readonly<Record<string, NetSpec>> = {
  conv_group_norm: { ...conv, norm: "group", groups: 2 },
  conv_instance_norm: { ...conv, norm: "instance" },
  conv_layer_norm: { ...conv, norm: "layer" },
  elman: { ...recurrent, cell: "elman" },
  gru: { ...recurrent, cell: "gru" },
  lstm: { ...recurrent, cell: "lstm" },
  resnet_v1: resnet,
  resnet_v2: { ...resnet, order: "full-pre-activation" },
  transformer_post: { ...transformer, placement: "post" },
  transformer_pre_causal: { ...transformer, placement: "pre", causal: true },
};

function farthest(got: Tensor, want: Tensor): number {
  expect(got.shape).toEqual(want.shape);
  const wanted = Array.from(want.data);
  const size = Math.max(1e-3, ...wanted.map(Math.abs));
  return wanted.reduce((m, v, i) => Math.max(m, Math.abs(v - got.data[i]!) / size), 0);
}

describe("builders against PyTorch", () => {
  it("has a spec for every fixture", () =>
    expect(readdirSync(folder).sort()).toEqual(
      Object.keys(SPECS)
        .map((n) => `${n}.safetensors`)
        .sort(),
    ));

  for (const [name, spec] of Object.entries(SPECS)) {
    it(`${name}: output and gradients in float64`, () => {
      const truth = readSafetensors(readFileSync(`${folder}/${name}.safetensors`));
      const under = (prefix: string): Map<string, Tensor> =>
        new Map([...truth].filter(([k]) => k.startsWith(prefix)).map(([k, t]) => [k.slice(prefix.length), t]));
      const [weights, grads] = [under("p/"), under("g/")];
      const model = buildNet({ ...spec, dtype: "float64" });
      // Every parameter of ours is PyTorch's, and there are no others.
      const own = [...model.graph.initializers.keys()].filter((k) => !model.graph.constants.has(k) && !k.includes("running_"));
      expect(own.sort()).toEqual([...weights.keys()].sort());
      const input = truth.get("input")!;
      const bound = bind(withWeights(model, weights).model, { shapes: { input: input.shape } });
      const b = newBuilder(bound.graph);
      const output = b.outputs[0]!;
      const loss = sumOf(b, b.mul(output, b.constant(truth.get("cotangent")!)));
      b.outputs.push(loss);
      const g = gradientGraph(b.build(name), { loss, wrt: own });
      const values = evaluateGraph(g.graph, new Map([["input", input]]));
      const forward = evaluateGraph(bound.graph, new Map([["input", input]]));
      expect(farthest(forward.get(output)!, truth.get("output")!)).toBeLessThan(1e-9);
      for (const k of own) expect(farthest(values.get(g.grads.get(k)!)!, grads.get(k)!), k).toBeLessThan(1e-8);
    });
  }
});
