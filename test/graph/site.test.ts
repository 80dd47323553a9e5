import { describe, expect, it } from "vitest";
import { layerWords, modulePath, modulesOfNode, modulesOfParameter, sharedStart } from "../../src/graph/module-path.js";
import { networkSite, nodesSite, parametersSite, valueSite } from "../../src/graph/site.js";
import { bind } from "../../src/passes/bind.js";
import { blockName, stretchSite } from "../../src/structure/block-site.js";
import { structureOf } from "../../src/structure/structure.js";
import { Net, chain } from "../doctor/support.js";

const boundOf = (graph: ReturnType<typeof chain>) => bind({ graph, name: "net.onnx", opset: 20, producer: "" });

describe("module paths", () => {
  it("go from the outside in, and repeat nothing", () => {
    expect(modulePath("/layer1/layer1.0/conv1/Conv")).toBe("layer1.0 ▸ conv1 ▸ Conv");
    expect(modulePath("Conv_12")).toBe("Conv_12");
    expect(modulePath("")).toBe("");
  });

  it("are those of PyTorch, for nodes and for parameters", () => {
    expect(modulesOfNode("/layer1/layer1.0/conv1/Conv").join(".")).toBe("layer1.0.conv1");
    expect(modulesOfParameter("layer1.0.conv1.weight").join(".")).toBe("layer1.0.conv1");
    expect(modulesOfParameter("encoder/dense/kernel").join(".")).toBe("encoder.dense");
    expect([modulesOfNode("Conv_12"), modulesOfParameter("onnx::Conv_193"), modulesOfParameter("weight")]).toEqual([[], [], []]);
  });

  it("have no wrappers of a framework", () => {
    expect(modulesOfParameter("gpu_0/conv1_w_0")).toEqual([]);
    expect(modulesOfParameter("module.layer1.0.conv1.weight").join(".")).toBe("layer1.0.conv1");
    expect(modulesOfParameter("_orig_mod.layer1.0.conv1.weight").join(".")).toBe("layer1.0.conv1");
    expect(modulesOfParameter("net._orig_mod.0.weight").join(".")).toBe("net.0");
    expect(modulesOfParameter("StatefulPartitionedCall/model/conv1/Conv2D/ReadVariableOp:0").join(".")).toBe("model.conv1");
    expect(modulesOfParameter("encoder/dense/kernel:0").join(".")).toBe("encoder.dense");
    expect(modulesOfNode("StatefulPartitionedCall/model/conv1/Conv2D").join(".")).toBe("model.conv1");
    expect(modulesOfNode("/_orig_mod/layer1/layer1.0/conv1/Conv").join(".")).toBe("layer1.0.conv1");
    expect(modulesOfNode("torch_jit/Conv_0")).toEqual([]);
    // What such a name names is never left out.
    expect([modulePath("gpu_0"), modulePath("/module"), modulePath("gpu_0/res2_0_branch2a")]).toEqual(["gpu_0", "module", "res2_0_branch2a"]);
  });

  it("are told from the name of a weight where underscores join it to its layer's", () => {
    expect(layerWords("conv1_w_0").join("_")).toBe("conv1");
    expect(layerWords("resnetv17_stage1_conv0_weight").join("_")).toBe("resnetv17_stage1_conv0");
    expect(layerWords("dense_1_kernel").join("_")).toBe("dense_1");
    expect(["weight", "w_0", "w0", "weight_ih_l0", "Parameter5", ""].flatMap(layerWords)).toEqual([]);
  });

  it("share what all begin with", () => {
    expect(
      sharedStart([
        ["a", "b", "c"],
        ["a", "b"],
        ["a", "b", "d"],
      ]),
    ).toEqual(["a", "b"]);
    expect([sharedStart([]), sharedStart([["a"], ["b"]])]).toEqual([[], []]);
  });
});

describe("sites", () => {
  it("of nodes, values and parameters name what they are, where, and the nodes there", () => {
    const { graph } = boundOf(chain({ depth: 2 }));
    expect(networkSite).toEqual({ kind: "network", name: "the whole network", nodes: [] });
    expect(nodesSite(["/layers.0/fc/MatMul", "/layers.1/fc/MatMul", "c", "d"].slice(0, 2))).toEqual({
      kind: "node",
      name: "layers.0 ▸ fc ▸ MatMul, layers.1 ▸ fc ▸ MatMul",
      module: "layers",
      nodes: ["/layers.0/fc/MatMul", "/layers.1/fc/MatMul"],
    });
    expect(nodesSite(["a", "b", "c"], 2)).toEqual({ kind: "node", name: "a, b and 1 more", nodes: ["a", "b", "c"] });
    const [made] = graph.nodes.find((n) => n.inputs.includes("layers.1.fc.weight"))!.outputs;
    expect(valueSite(graph, made!)).toMatchObject({ kind: "value", name: made, nodes: ["/layers/1/fc/MatMul"] });
    expect(parametersSite(graph, ["layers.1.fc.weight"])).toEqual({
      kind: "parameter",
      name: "layers.1.fc.weight",
      module: "layers.1.fc",
      nodes: ["/layers/1/fc/MatMul"],
    });
  });

  it("of blocks have the module that holds them all, and the file's nodes rather than those that they were decomposed into", () => {
    const net = new Net([8, 16]);
    let x = "x";
    for (let i = 0; i < 4; i++) x = net.relu(net.batchNorm(net.linear(x, `layers.${i}.fc`, 16, 16), `layers.${i}.bn`, 16));
    const model = net.graph(net.linear(x, "head", 16, 4));
    const bound = boundOf(model);
    const structure = structureOf(bound, bound.graph.outputs[0]!);
    const body = structure.blocks.filter((b) => b.role === "body");
    const site = stretchSite(structure, bound.graph, body);
    expect(site).toMatchObject({ kind: "block", name: "layers.1.fc … layers.3.fc", module: "layers" });
    const names = model.nodes.map((n) => n.name);
    expect(site.nodes.filter((n) => !names.includes(n))).toEqual([]);
    expect(site.nodes.filter((n) => n.endsWith("BatchNormalization"))).toHaveLength(3);
    expect(new Set(site.nodes).size).toBe(site.nodes.length);
    const one = stretchSite(structure, bound.graph, body.slice(0, 1));
    expect(one).toMatchObject({ name: blockName(structure, body[0]!), module: "layers.1.fc" });
    expect(stretchSite(structure, bound.graph, [])).toEqual({ ...networkSite });
  });
});
