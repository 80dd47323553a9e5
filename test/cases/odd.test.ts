import { describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { isQuiet, acceptances, withAcceptances } from "../../src/study/accept.js";
import { check } from "../../src/study/check.js";
import type { CheckOptions } from "../../src/study/check.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { DataType as T, f32, i64, int, model, node, sequenceValue, value } from "../support/model.js";
import type { ModelParts } from "../support/model.js";

// Graphs that no exporter of a network writes every day: each is handled, or refused in one sentence.

const runtime = nodeRuntime();

const w = f32("w", [4, 4]);
const x = value("x", [8, 4]);
const y = value("y", [8, 4]);
const layer = node("MatMul", ["x", "w"], ["y"]);
const label = node("ArgMax", ["y"], ["label"], { axis: int(1), keepdims: int(0) });
const ofInts = value("label", [8], T.INT64);
const base: ModelParts = { inputs: [x], outputs: [y], nodes: [layer], initializers: [w] };

type Options = Omit<CheckOptions, "runtime">;
const checked = async (parts: ModelParts, options: Options = {}): Promise<CheckRecord> =>
  check(readOnnx(model({ ...base, ...parts }), { name: "odd.onnx" }), { runtime, ...options });

/** What is expected: a verdict with words of its sentence, and nothing above info. */
type Handled = readonly [
  what: string,
  parts: ModelParts,
  verdict: CheckRecord["verdict"],
  says: RegExp,
  notLookedAt?: readonly string[],
  options?: Options,
];

const HEALTHY = /no blocks/;
const labels = new Map<string, Tensor>([
  [
    "x",
    tensor(
      "float32",
      [8, 4],
      Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)),
    ),
  ],
  ["labels", tensor("int64", [8], [0, 1, 2, 3, 0, 1, 2, 3])],
]);

describe("an odd graph is handled:", () => {
  const cases: readonly Handled[] = [
    ["labels as its first output", { nodes: [layer, label], outputs: [ofInts, y] }, "healthy", HEALTHY, ["output label"]],
    ["the same with a loss", { nodes: [layer, label], outputs: [ofInts, y] }, "healthy", HEALTHY, ["output label"], { batches: [labels] }],
    ["an input that nothing uses", { inputs: [x, value("u", [8, 3])] }, "healthy", HEALTHY, ["input u"]],
    ["the same of integers, of free sizes", { inputs: [x, value("u", ["n", "m"], T.INT64)] }, "healthy", HEALTHY, ["input u"]],
    ["one output twice", { outputs: [y, y] }, "healthy", HEALTHY],
    [
      "a sequence as its second output",
      { nodes: [layer, node("SequenceConstruct", ["y"], ["s"])], outputs: [y, sequenceValue("s")] },
      "healthy",
      HEALTHY,
      ["output s"],
    ],
    [
      "a sequence as its first output",
      { nodes: [layer, node("SequenceConstruct", ["y"], ["s"])], outputs: [sequenceValue("s"), y] },
      "healthy",
      HEALTHY,
      ["output s"],
    ],
    [
      "a second output of no elements",
      { nodes: [layer, node("Slice", ["y", "zero", "zero"], ["o"])], initializers: [w, i64("zero", [0])], outputs: [y, value("o", [0, 4])] },
      "healthy",
      HEALTHY,
      ["output o"],
    ],
    [
      "a part of no elements",
      { nodes: [layer, node("Concat", ["y", "e"], ["o"], { axis: int(1) })], initializers: [w, f32("e", [8, 0])], outputs: [value("o", [8, 4])] },
      "healthy",
      HEALTHY,
    ],
    [
      "a second output of a made-up op",
      { nodes: [layer, node("Strange", ["y"], ["o"])], outputs: [y, value("o")] },
      "healthy",
      HEALTHY,
      ["output o"],
    ],
    ["no inputs", { inputs: [], nodes: [node("Relu", ["w"], ["y"])], outputs: [value("y", [4, 4])] }, "healthy", HEALTHY, ["w"]],
    [
      "no parameters",
      { nodes: [node("Relu", ["x"], ["y"])], initializers: [] },
      "undecided",
      /^Undecided: the network has no parameters, so there is nothing to judge\.$/,
    ],
    ["no nodes at all", { nodes: [], initializers: [], outputs: [x] }, "undecided", /no parameters/, ["input x"]],
    [
      "parameters without elements only",
      { inputs: [value("x", [8, 0])], initializers: [f32("w", [0, 4])] },
      "undecided",
      /has no parameters but 1 tensor that is set aside/,
    ],
    ["parameters that are all frozen", {}, "undecided", /has no parameters but 1 tensor that is set aside/, [], { frozen: ["w"] }],
    [
      "an output on which no parameter has a part",
      { outputs: [x, y] },
      "undecided",
      /the one parameter has no part in this output/,
      ["output y", "input x", "w"],
    ],
  ];
  it.each(cases.map((c) => [c[0], c] as const))("%s", async (_, [, parts, verdict, says, notLookedAt = [], options = {}]) => {
    const record = await checked(parts, options);
    expect(record.verdict).toBe(verdict);
    expect(record.sentence).toMatch(says);
    expect(record.findings.filter((f) => f.severity !== "info").map((f) => `${f.rule}: ${f.evidence}`)).toEqual([]);
    expect(record.coverage!.notLookedAt.map((n) => n.what)).toEqual(notLookedAt);
    expect(isQuiet(record)).toBe(verdict === "healthy");
    expect(isQuiet(withAcceptances(record, acceptances([verdict === "healthy" ? "mixed" : verdict])))).toBe(true);
  });

  it("a second output that cannot be run is told with the reason", async () => {
    const record = await checked({ nodes: [layer, node("Strange", ["y"], ["o"])], outputs: [y, value("o")] });
    expect(record.coverage!.notLookedAt).toEqual([
      { what: "output o", why: expect.stringMatching(/no part in the loss, and cannot be run: .*Strange ×1/) as string },
    ]);
  });
});

describe("an odd graph is refused in one sentence:", () => {
  const second = { nodes: [layer, label], outputs: [ofInts] };
  const cases: readonly (readonly [what: string, parts: ModelParts, says: RegExp, options?: Options])[] = [
    ["one output, of integers", second, /the output "label" is not a float \(got int64\[8\]\)\. Choose one that is: --output y\.$/],
    ["one of undeclared integers", { ...second, outputs: ["label"] }, /"label" is not a float .* --output y\.$/],
    [
      "one of integers that is asked for",
      { nodes: [layer, label], outputs: [y, ofInts] },
      /"label" is not a float .* --output y\.$/,
      { output: "label" },
    ],
    [
      "one of integers, made of integers",
      { inputs: [value("x", [8], T.INT64)], nodes: [node("Neg", ["x"], ["label"])], outputs: [ofInts], initializers: [] },
      /"label" is not a float .*Export the network with an output of floats\.$/,
    ],
    ["an output of no elements", { initializers: [f32("w", [4, 0])], outputs: [value("y", [8, 0])] }, /the output "y" has no elements/],
    ["no examples", { inputs: [value("x", [0, 4])], outputs: [value("y", [0, 4])] }, /the batch has no examples/],
    ["an output that nothing defines", { outputs: [value("z", [8, 4])] }, /"z" is never defined/],
    ["no outputs", { outputs: [] }, /has no outputs/],
    ["an input of no known shape", { inputs: [x, value("u")] }, /"u" has no declared shape/],
    [
      "a sequence as an input",
      { inputs: [sequenceValue("p")], nodes: [node("SequenceAt", ["p", "i"], ["x"]), layer], initializers: [w, i64("i", [0], [])] },
      /"p" is a sequence/,
    ],
    ["a made-up op", { nodes: [node("Strange", ["x"], ["y"])] }, /Strange ×1/],
  ];
  it.each(cases.map((c) => [c[0], c] as const))("%s", async (_, [, parts, says, options]) => {
    const error: unknown = await checked(parts, options).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).name).toBe("IsogradError");
    expect((error as Error).message).toMatch(says);
  });
});
