import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { printStructure } from "../../src/structure/print.js";
import { familiesOf, faults, ofKind, rolesOf, structureOfFixture, tally } from "../support/structure.js";

const folder = fileURLToPath(new URL("../fixtures/structure", import.meta.url));
const names = readdirSync(folder)
  .filter((f) => f.endsWith(".onnx"))
  .map((f) => f.slice(0, -5));

/** Blocks of each kind, and of each kind of skip. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  resnet50: { plain: 2, residual: 16, projection: 4, identity: 12 },
  resnet50_norms_in_inference: { plain: 2, residual: 16, projection: 4, identity: 12 },
  vgg16: { plain: 16 },
  vgg16_bn: { plain: 16 },
  densenet121: { plain: 5, dense: 58 },
  googlenet: { plain: 4, other: 9 },
  inception_v3: { plain: 6, other: 11 },
  shufflenet_v2: { plain: 3, other: 16 },
  efficientnet_b0: { plain: 23, residual: 9, identity: 9 },
  unet: { plain: 23 },
  transformer_pre_norm: { plain: 2, residual: 12, identity: 12 },
  transformer_post_norm: { plain: 2, residual: 12, identity: 12 },
  bert: { plain: 3, residual: 8, identity: 8 },
  gpt: { plain: 2, residual: 6, identity: 6 },
  highway: { plain: 2, gated: 10 },
  lstm: { plain: 2, gated: 49 },
  lstm_cells: { plain: 2, gated: 49 },
  lstm_two_layers: { plain: 3, gated: 98 },
  gru: { plain: 2, gated: 49 },
  elman: { plain: 51 },
  elman_cells: { plain: 51 },
  two_inputs: { plain: 2, residual: 3, identity: 3 },
  two_outputs: { plain: 2, residual: 1, identity: 1 },
  rezero: { plain: 2, residual: 6, identity: 6 },
  skip_init: { plain: 2, residual: 6, identity: 6 },
  scaled_shortcut: { plain: 2, residual: 6, scaled: 6 },
  halved_sum: { plain: 2, residual: 4, scaled: 4 },
  resnet_preact: { plain: 2, residual: 6, identity: 6 },
  norm_on_trunk: { plain: 2, residual: 5, identity: 5 },
  norms_written_out: { plain: 1, residual: 4, identity: 4 },
  steps_of_unets: { residual: 6, identity: 6 },
  steps_of_deep_unets: { residual: 6, identity: 6 },
  steps_back: { residual: 6, scaled: 6 },
  steps_of_unets_back: { residual: 6, scaled: 6 },
  convolutions_then_3_dense: { plain: 5 },
  convolutions_then_10_dense: { plain: 12 },
  // Main trunks; those beside them are in trunks.test.ts.
  two_encoders: { plain: 1, residual: 6, identity: 6 },
  siamese: { plain: 6 },
  teacher_student: { plain: 7 },
  teacher_student_hard: { plain: 4 },
  experts: { plain: 2, other: 4 },
  experts_residual: { plain: 2, residual: 4, identity: 4 },
  experts_top: { plain: 2, residual: 4, identity: 4 },
  // The fork is most of the network, so that its longest path is shown: one expert, the others beside it.
  experts_deep: { plain: 7 },
  // The third layer's states with the second's, a block for each step; the first layer's are beside them.
  lstm_cells_in_layers: { plain: 3, gated: 11, other: 1 },
  // Twelve steps of the encoder, of which the first is the stem, and ten of the decoder, of which the first two read what it gives.
  attentive_decoder: { plain: 2, gated: 20 },
  // Six in the encoder, seven in the decoder behind the first attention to it: queries, projected keys and values, and their products.
  detr: { plain: 5, residual: 13, identity: 13, other: 1 },
  lstm_both_ways: { plain: 2, gated: 19 },
};

describe("structure of networks as PyTorch exports them", () => {
  it("has an expectation for every fixture", () => expect(Object.keys(EXPECTED).sort()).toEqual(names.sort()));

  for (const [name, counts] of Object.entries(EXPECTED)) {
    it(`finds the blocks of ${name}`, () => {
      const s = structureOfFixture(name);
      expect(faults(s)).toEqual([]);
      expect(tally(s), printStructure(s)).toEqual(counts);
    });
  }

  it("gives the recurrent trunk step by step, and says where it was spliced", () => {
    for (const name of ["elman", "elman_cells", "gru", "lstm", "lstm_cells"]) {
      const s = structureOfFixture(name);
      const steps = s.trunk.filter((c) => c.boundary && c.nesting > 0);
      expect(steps.length, name).toBeGreaterThanOrEqual(48);
      expect(
        s.spans.some((x) => x.kind === "recurrent"),
        name,
      ).toBe(true);
    }
    const h = structureOfFixture("elman")
      .trunk.map((c) => c.name)
      .filter((v) => /h_\d+$/.test(v));
    expect(h.map((v) => Number(v.split("h_")[1]))).toEqual(Array.from({ length: 50 }, (_, t) => t));
    const states = structureOfFixture("lstm").trunk.filter((c) => c.values.length === 2);
    expect(states.length).toBe(49);
    for (const c of states) expect(c.values.some((v) => /h_\d+$/.test(v))).toBe(true);
  });

  it("splices the long skips of a U-Net level by level", () => {
    const s = structureOfFixture("unet");
    expect(s.spans.length).toBe(4);
    expect(Math.max(...s.trunk.map((c) => c.nesting))).toBe(4);
    expect(s.blocks.filter((b) => b.nodes.length > 0 && b.weights.length > 0).length).toBe(23);
  });

  it("reads factors of branches and shortcuts", () => {
    expect(ofKind(structureOfFixture("rezero"), "residual").map((b) => b.branchScale)).toEqual(Array(6).fill(0));
    expect(ofKind(structureOfFixture("skip_init"), "residual").map((b) => b.branchScale)).toEqual(Array(6).fill(0.25));
    const scaled = ofKind(structureOfFixture("scaled_shortcut"), "residual");
    expect(scaled.map((b) => [b.branchScale, b.skipScale])).toEqual(Array(6).fill([null, 0.5]));
    const halved = ofKind(structureOfFixture("halved_sum"), "residual");
    expect(halved.map((b) => [b.branchScale, b.skipScale])).toEqual(Array(4).fill([0.5, 0.5]));
    expect(ofKind(structureOfFixture("resnet50"), "residual").every((b) => b.branchScale === null && b.skipScale === null)).toBe(true);
  });

  it("tells norms by kind and place", () => {
    const sites = (name: string): string[] =>
      [
        ...new Set(
          structureOfFixture(name)
            .blocks.filter((b) => b.kind !== "plain")
            .flatMap((b) => b.normSites.map((n) => `${n.kind} ${n.where}${n.inference ? " inference" : ""}`)),
        ),
      ].sort();
    expect(sites("resnet50")).toEqual(["batch branch", "batch shortcut"]);
    expect(sites("resnet50_norms_in_inference")).toEqual(["batch branch inference", "batch shortcut inference"]);
    expect(sites("transformer_pre_norm")).toEqual(["layer branch"]);
    expect(sites("transformer_post_norm")).toEqual(["layer trunk"]);
    expect(sites("bert")).toEqual(["layer trunk"]);
    expect(sites("densenet121")).toEqual(["batch branch"]);
    expect(sites("norm_on_trunk")).toEqual(["batch trunk"]);
    expect(ofKind(structureOfFixture("norms_written_out"), "residual").map((b) => b.norms)).toEqual([["layer"], ["rms"], ["batch"], ["layer"]]);
    expect(
      structureOfFixture("vgg16_bn")
        .blocks.slice(0, 13)
        .map((b) => b.norms),
    ).toEqual(Array(13).fill(["batch"]));
    expect(structureOfFixture("vgg16").blocks.every((b) => b.norms.length === 0)).toBe(true);
  });

  it("tells stem, body and head", () => {
    const roles = (name: string): string => rolesOf(structureOfFixture(name));
    expect(roles("resnet50")).toBe(`s${"b".repeat(16)}h`);
    expect(roles("resnet_preact")).toBe("sbbbbbbh");
    expect(roles("vgg16")).toBe(`s${"b".repeat(12)}hhh`);
    expect(roles("densenet121")).toBe(`s${"b".repeat(61)}h`);
    expect(roles("transformer_pre_norm")).toBe(`s${"b".repeat(12)}h`);
    expect(roles("bert")).toBe("sbbbbbbbbhh");
    expect(roles("efficientnet_b0")).toBe(`ssssss${"b".repeat(25)}h`);
    // Three layers behind a pooling are a head, ten are a body of their own.
    expect(roles("convolutions_then_3_dense")).toBe("sbhhh");
    expect(roles("convolutions_then_10_dense")).toBe(`s${"b".repeat(10)}h`);
    const head = structureOfFixture("resnet_preact").blocks.at(-1)!;
    expect(head.norms).toEqual(["batch"]);
  });

  it("tells how blocks apply their weights", () => {
    const families = (name: string): string => familiesOf(structureOfFixture(name));
    expect(families("resnet50")).toBe("17 convolution, 1 matrix");
    // One-by-one convolutions of a map are convolutions, so that a chain of them and others is one.
    expect(families("efficientnet_b0")).toBe("31 convolution, 1 matrix");
    expect(families("vgg16")).toBe("13 convolution, 3 matrix");
    expect(families("convolutions_then_10_dense")).toBe("2 convolution, 10 matrix");
    expect(families("transformer_pre_norm")).toBe("1 none, 13 matrix");
    expect(families("lstm_cells")).toBe("50 recurrent, 1 matrix");
    expect(families("lstm_two_layers")).toBe("1 matrix, 49 recurrent, 1 matrix, 49 recurrent, 1 matrix");
  });

  it("reads multiples of the input as one shortcut", () => {
    for (const name of ["steps_back", "steps_of_unets_back"]) {
      const blocks = ofKind(structureOfFixture(name), "residual");
      expect(
        blocks.map((b) => [b.skipScale, b.branchScale]),
        name,
      ).toEqual(Array(6).fill([0.5, null]));
    }
  });

  it("follows the output that is asked for", () => {
    const s = structureOfFixture("two_outputs", "z");
    expect(tally(s)).toEqual({ plain: 3 });
    expect(s.target).toBe("z");
  });
});
