import { expect, test } from "vitest";
import { openData } from "../../src/data/open-data.js";
import type { DataSet } from "../../src/data/data-set.js";
import { tensor } from "../../src/graph/tensor.js";
import { buildNet } from "../../src/nn/build.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { dataHost, example, inputOf, refusal } from "../support/data-host.js";

const open = (spec: string, seed = 1): DataSet => openData(`teacher:${spec}`, dataHost({}), seed);

test("the target is what the network gives, one example at a time", () => {
  const { train } = open("mlp,depth=2,width=5,classes=null,seed=9");
  const { graph } = bind(buildNet({ arch: "mlp", depth: 2, width: 5, classes: null, seed: 9, batch: 1 }));
  expect([inputOf(train).type, train.answers!.kind, train.answers!.column.type.shape]).toEqual([{ dtype: "float32", shape: [5] }, "target", [5]]);
  for (const i of [0, 249, 250, 9999]) {
    const x = tensor("float32", [1, 5], example(inputOf(train), i));
    const y = evaluateGraph(graph, new Map([["input", x]])).get(graph.outputs[0]!)!;
    example(train.answers!.column, i).forEach((v, k) => expect(v).toBeCloseTo(y.data[k]!, 5));
  }
});

test("with classes the label is the largest output; JSON says the same as words", () => {
  const { train } = open("mlp,depth=1,width=6,classes=3,seed=2");
  const { graph } = bind(buildNet({ arch: "mlp", depth: 1, width: 6, classes: 3, seed: 2, batch: 1 }));
  expect(train.answers!.classes).toBe(3);
  const json = open('{"arch":"mlp","depth":1,"width":6,"classes":3,"seed":2}').train;
  for (let i = 0; i < 20; i++) {
    const y = evaluateGraph(graph, new Map([["input", tensor("float32", [1, 6], example(inputOf(train), i))]])).get(graph.outputs[0]!)!;
    expect(example(train.answers!.column, i)).toEqual([y.data.indexOf(Math.max(...y.data))]);
    expect(example(json.answers!.column, i).length).toBe(1);
  }
});

test("images, tokens and norms over the batch: an example is answered by itself", () => {
  const images = open("plain-conv,depth=1,width=2,input=[1,4,4],norm=batch,classes=2").train;
  expect(inputOf(images).type.shape).toEqual([1, 4, 4]);
  const tokens = open("transformer,depth=1,width=4,heads=1,length=3,vocabulary=5,classes=4").train;
  expect([inputOf(tokens).type, inputOf(tokens).kinds, tokens.answers!.column.type.shape]).toEqual([{ dtype: "int64", shape: [3] }, 5, [3]]);
  for (let i = 0; i < 50; i++) for (const t of example(inputOf(tokens), i)) expect(t >= 0 && t < 5 && Number.isInteger(t)).toBe(true);
});

test("its weights are not those of a network of the same spec, and the seed of the data draws them", () => {
  const said = open("mlp,depth=1,width=4").about;
  expect(said).toContain("weights drawn by seed 1000001");
  expect(open("mlp,depth=1,width=4,seed=3").about).toContain("weights drawn by seed 3 ");
  expect(refusal(() => open("mpl"))).toMatch(/^spec\/invalid: /);
  expect(refusal(() => open("mlp,depht=3"))).toMatch(/^spec\/invalid: /);
});
