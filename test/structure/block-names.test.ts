import { describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { blockName } from "../../src/structure/block-site.js";
import { structureOfGraph } from "../support/structure.js";

/** The names of the blocks of a network of layers with such weights; two weights are the branch of a residual block. */
function namesOf(blocks: readonly (readonly string[])[], nodes: (weight: string) => string = () => ""): readonly string[] {
  const b = newBuilder();
  let x = b.input("x", { dtype: "float32", shape: [2, 2] });
  const layer = (v: string, name: string): string => {
    const weight = b.initializer(name, tensor("float32", [2, 2], [1, 2, 3, 4]), false);
    return b.op("MatMul", [v, weight], {}, { name: nodes(name) || `node_${name}` });
  };
  for (const [first, second] of blocks) {
    const h = b.op("Relu", [layer(x, first!)]);
    x = second === undefined ? h : b.add(x, layer(h, second));
  }
  b.outputs.push(x);
  const s = structureOfGraph(b.build("named"));
  return s.blocks.map((k) => {
    const name = blockName(s, k);
    return name === s.trunk[k.to]!.name ? "the value" : name;
  });
}

describe("names of blocks", () => {
  it("are the modules that PyTorch's parameters belong to, under any wrapper", () => {
    for (const wrapper of ["", "module.", "_orig_mod.", "module._orig_mod."]) {
      const names = namesOf(
        [["conv1.weight"], ["layer1.0.a.weight", "layer1.0.b.weight"], ["layer1.1.a.weight", "layer1.1.b.weight"], ["fc.weight"]].map((k) =>
          k.map((w) => wrapper + w),
        ),
      );
      expect(names, wrapper).toEqual(["conv1", "layer1.0", "layer1.1", "fc"]);
    }
    // Lightning's, which may be a module of the program.
    expect(namesOf([["model.stem.weight"], ["model.a.0.weight", "model.a.1.weight"]])).toEqual(["model.stem", "model.a"]);
  });

  it("are the words of Caffe2's and MXNet's flat names, and no device or prefix that all blocks share", () => {
    const caffe2 = [["conv1_w_0"], ["res2_0_branch2a_w_0", "res2_0_branch2b_w_0"], ["res2_1_branch2a_w_0", "res2_1_branch2b_w_0"], ["pred_w_0"]];
    for (const wrapper of ["", "gpu_0/"]) {
      expect(namesOf(caffe2.map((k) => k.map((w) => wrapper + w)))).toEqual(["conv1", "res2_0", "res2_1", "pred"]);
    }
    // Any other prefix that all share says nothing either, but is no known wrapper.
    expect(namesOf(caffe2.map((k) => k.map((w) => `tower/${w}`)))).toEqual(["tower.conv1", "tower.res2_0", "tower.res2_1", "tower.pred"]);
    const mxnet = [
      ["resnetv17_conv0_weight"],
      ["resnetv17_stage1_conv0_weight", "resnetv17_stage1_conv1_weight"],
      ["resnetv17_a_weight", "resnetv17_b_weight"],
    ];
    expect(namesOf(mxnet)).toEqual(["resnetv17_conv0", "resnetv17_stage1", "the value"]);
  });

  it("are the layers of TensorFlow's variables", () => {
    const read = (layer: string): string => `StatefulPartitionedCall/resnet50/${layer}/Conv2D/ReadVariableOp:0`;
    const keras = [
      [read("conv1_conv")],
      [read("conv2_block1_1_conv"), read("conv2_block1_2_conv")],
      [read("conv2_block2_1_conv"), read("conv2_block2_2_conv")],
    ];
    expect(namesOf(keras)).toEqual(["resnet50.conv1_conv", "resnet50.conv2_block1", "resnet50.conv2_block2"]);
  });

  it("are values where names say nothing", () => {
    expect(namesOf([["onnx::MatMul_1"], ["onnx::MatMul_2"]])).toEqual(["the value", "the value"]);
    expect(namesOf([["gpu_0/a"], ["gpu_0/b"]])).toEqual(["the value", "the value"]);
    expect(namesOf([["scope/a"], ["scope/b"]])).toEqual(["the value", "the value"]);
    // One block has nothing to be told from.
    expect(namesOf([["net.weight"]])).toEqual(["net"]);
  });
});
