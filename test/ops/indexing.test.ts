import fc from "fast-check";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import type { Attr, Graph } from "../../src/graph/graph.js";
import { int64s, sizeOf, stridesOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { writeOnnx } from "../../src/onnx/write.js";
import { newBuilder } from "../../src/ops/registry.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { IsogradError } from "../../src/util/errors.js";
import { checkAdjoint, checkFirstOrder, checkSecondOrder } from "../support/check-vjp.js";
import { i64, int, ints, float, model, node, string, value } from "../support/model.js";
import type { Attrs } from "../support/model.js";
import { runOrtBytes, toOrt } from "../support/ort.js";

const RUNS = { numRuns: 25, seed: 5 };

/** Distinct values: the element's number. */
const counted = (shape: readonly number[]): Tensor =>
  tensor(
    "float64",
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => i + 1),
  );

interface Built {
  readonly graph: Graph;
  readonly feeds: Map<string, Tensor>;
}

/** A graph over float64 inputs: null stands for an omitted input, an int64 tensor for a known one. */
function build(op: string, inputs: readonly (Tensor | null)[], attrs: Record<string, Attr> = {}, outputs = 1): Built {
  const b = newBuilder();
  const feeds = new Map<string, Tensor>();
  const names = inputs.map((t, i) => {
    if (!t) return "";
    if (t.dtype !== "float64") return b.constant(t);
    feeds.set(`x${i}`, t);
    return b.input(`x${i}`, t);
  });
  b.outputs.push(...b.ops(op, names, attrs, { outputs }).map((v) => b.op("Identity", [v])));
  return { graph: b.build(op), feeds };
}

const run = ({ graph, feeds }: Built): Tensor[] => {
  const values = evaluateGraph(graph, feeds);
  return graph.outputs.map((o) => values.get(o)!);
};

function checkRule({ graph, feeds }: Built): void {
  if ([...graph.types.values()].some((t) => sizeOf(t.shape) === 0)) return;
  checkFirstOrder(graph, feeds);
  checkAdjoint(graph, feeds);
  checkSecondOrder(graph, feeds);
}

const dims = (rank: number): fc.Arbitrary<number[]> => fc.array(fc.integer({ min: 1, max: 5 }), { minLength: rank, maxLength: rank });
const shapes = fc.integer({ min: 1, max: 3 }).chain(dims);

/** The elements of an array that Python's a[start:end:step] takes, by its definition. */
function pythonSlice(size: number, start: number, end: number, step: number): number[] {
  const bound = (v: number, low: number, high: number): number => Math.max(low, Math.min(high, v < 0 ? v + size : v));
  const out: number[] = [];
  if (step > 0) for (let i = bound(start, 0, size); i < bound(end, 0, size); i += step) out.push(i);
  else for (let i = bound(start, -1, size - 1); i > bound(end, -1, size - 1); i += step) out.push(i);
  return out;
}

describe("Slice", () => {
  const bound = fc.oneof(fc.integer({ min: -7, max: 7 }), fc.constantFrom(2 ** 63, -(2 ** 63)));
  const step = fc.integer({ min: -3, max: 3 }).filter((s) => s !== 0);
  const cut = fc.record({ start: bound, end: bound, step });
  const cases = shapes.chain((shape) =>
    fc.record({ shape: fc.constant(shape), cuts: fc.array(cut, { minLength: shape.length, maxLength: shape.length }) }),
  );
  const sliced = (shape: readonly number[], cuts: readonly { start: number; end: number; step: number }[]): Built =>
    build("Slice", [
      counted(shape),
      int64s(cuts.map((c) => c.start)),
      int64s(cuts.map((c) => c.end)),
      int64s(shape.map((_, i) => i - shape.length)),
      int64s(cuts.map((c) => c.step)),
    ]);

  it("takes what Python takes", () => {
    fc.assert(
      fc.property(cases, ({ shape, cuts }) => {
        const taken = shape.map((d, i) => pythonSlice(d, cuts[i]!.start, cuts[i]!.end, cuts[i]!.step));
        const strides = stridesOf(shape);
        const expected = taken.reduce<number[]>((at, axis, i) => at.flatMap((v) => axis.map((k) => v + k * strides[i]!)), [1]);
        const [out] = run(sliced(shape, cuts));
        expect(out!.shape).toEqual(taken.map((t) => t.length));
        expect(Array.from(out!.data)).toEqual(expected);
      }),
      { ...RUNS, numRuns: 200 },
    );
  });

  it("has the right gradient for any start, end and step", () => {
    fc.assert(
      fc.property(cases, ({ shape, cuts }) => checkRule(sliced(shape, cuts))),
      RUNS,
    );
  });
});

describe("Pad", () => {
  const pad = fc.integer({ min: -2, max: 6 });
  const cases = shapes.chain((shape) =>
    fc.record({ shape: fc.constant(shape), pads: fc.array(pad, { minLength: 2 * shape.length, maxLength: 2 * shape.length }) }),
  );
  const kept = (shape: readonly number[], pads: readonly number[]): boolean =>
    shape.every((d, i) => d + Math.min(0, pads[i]!) + Math.min(0, pads[shape.length + i]!) > 0);

  it("is undone by the opposite pads when nothing is cropped", () => {
    fc.assert(
      fc.property(cases, ({ shape, pads }) => {
        const positive = pads.map(Math.abs);
        const [out] = run(build("Pad", [counted(shape), int64s(positive)]));
        const [back] = run(build("Pad", [out!, int64s(positive.map((p) => -p))]));
        expect(back).toEqual(counted(shape));
      }),
      RUNS,
    );
  });

  it.each(["constant", "reflect", "edge", "wrap"])("has the right gradient in mode %s, as far as the pads may reach", (mode) => {
    fc.assert(
      fc.property(cases, ({ shape, pads }) => {
        if (kept(shape, pads)) checkRule(build("Pad", [counted(shape), int64s(pads)], { mode }));
      }),
      RUNS,
    );
  });
});

describe("Gather", () => {
  const cases = shapes.chain((shape) =>
    fc.integer({ min: 0, max: shape.length - 1 }).chain((axis) =>
      fc.record({
        shape: fc.constant(shape),
        axis: fc.constant(axis),
        indices: fc.array(fc.integer({ min: -shape[axis]!, max: shape[axis]! - 1 }), { minLength: 1, maxLength: 7 }),
      }),
    ),
  );

  it("of all indices in order is the identity, and of a permutation is undone by its inverse", () => {
    fc.assert(
      fc.property(cases, fc.infiniteStream(fc.nat()), ({ shape, axis }, keys) => {
        const draws = keys[Symbol.iterator]();
        const order = Array.from({ length: shape[axis]! }, (_, i) => [draws.next().value as number, i] as const).sort((a, b) => a[0] - b[0]);
        const permutation = order.map(([, i]) => i);
        const inverse = permutation.map((_, i) => permutation.indexOf(i));
        const [out] = run(build("Gather", [counted(shape), int64s(permutation)], { axis }));
        expect(run(build("Gather", [out!, int64s(inverse)], { axis }))[0]).toEqual(counted(shape));
      }),
      RUNS,
    );
  });

  it("has the right gradient with repeated and negative indices, known or not", () => {
    fc.assert(
      fc.property(cases, ({ shape, axis, indices }) => {
        checkRule(build("Gather", [counted(shape), int64s(indices)], { axis }));
        const b = newBuilder();
        b.outputs.push(b.op("Gather", [b.input("x0", counted(shape)), b.input("i", { dtype: "int64", shape: [indices.length] })], { axis }));
        checkRule({
          graph: b.build("Gather"),
          feeds: new Map([
            ["x0", counted(shape)],
            ["i", int64s(indices)],
          ]),
        });
      }),
      RUNS,
    );
  });

  it("refuses an index outside, naming it", () => {
    expect(() => run(build("Gather", [counted([3]), int64s([3])]))).toThrow(IsogradError);
    expect(() => run(build("Gather", [counted([3]), int64s([-4])]))).toThrow(/index -4 is outside an axis of size 3/);
  });
});

describe("Concat and Split", () => {
  const cases = shapes.chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axis: fc.integer({ min: 0, max: shape.length - 1 }),
      sizes: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }),
    }),
  );
  const parts = (shape: readonly number[], axis: number, sizes: readonly number[]): Tensor[] =>
    sizes.map((n) => counted(shape.map((d, i) => (i === axis ? n : d))));

  it("undo each other", () => {
    fc.assert(
      fc.property(cases, ({ shape, axis, sizes }) => {
        const given = parts(shape, axis, sizes);
        const [joined] = run(build("Concat", given, { axis }));
        expect(run(build("Split", [joined!, int64s(sizes)], { axis }, sizes.length))).toEqual(given);
      }),
      RUNS,
    );
  });

  it("have the right gradients", () => {
    fc.assert(
      fc.property(cases, ({ shape, axis, sizes }) => {
        const given = parts(shape, axis, sizes);
        checkRule(build("Concat", given, { axis }));
        checkRule(build("Split", [run(build("Concat", given, { axis }))[0]!, int64s(sizes)], { axis }, sizes.length));
      }),
      RUNS,
    );
  });

  it("splits unevenly by num_outputs", () => {
    expect(run(build("Split", [counted([7])], { num_outputs: 3 }, 3)).map((t) => t.shape[0])).toEqual([3, 3, 1]);
  });
});

describe("scatters", () => {
  it("never reach onnxruntime as a ScatterND with a reduction, which loses updates on several threads", () => {
    for (const reduction of ["add", "mul", "max", "min"]) {
      const { graph } = build("ScatterND", [counted([4, 2]), tensor("int64", [3, 1], [1, -3, 0]), counted([3, 2])], { reduction });
      expect(graph.nodes.map((n) => n.op)).not.toContain("ScatterND");
    }
  });

  it("add many duplicates exactly on two threads, run after run", async () => {
    const [rows, columns, table] = [20_000, 16, 8];
    const b = newBuilder();
    const indices = b.input("i", { dtype: "int64", shape: [rows, 1] });
    const updates = b.input("u", { dtype: "float32", shape: [rows, columns] });
    b.outputs.push(b.op("ScatterND", [b.full(0, { dtype: "float32", shape: [table, columns] }), indices, updates], { reduction: "add" }));
    const feeds = new Map([
      [
        "i",
        tensor(
          "int64",
          [rows, 1],
          Array.from({ length: rows }, (_, k) => ((k * 7) % table) - (k % 2) * table),
        ),
      ],
      [
        "u",
        tensor(
          "float32",
          [rows, columns],
          Array.from({ length: rows * columns }, (_, k) => k % 4),
        ),
      ],
    ]);
    const graph = b.build("scatter");
    const expected = Array.from(run({ graph, feeds })[0]!.data);
    const session = await ort.InferenceSession.create(writeOnnx(graph), { logSeverityLevel: 4, intraOpNumThreads: 2 });
    try {
      for (let k = 0; k < 4; k++) {
        const out = await session.run(Object.fromEntries([...feeds].map(([name, t]) => [name, toOrt(t)])));
        expect(Array.from(out[graph.outputs[0]!]!.data as Float32Array)).toEqual(expected);
      }
    } finally {
      await session.release();
    }
  });
});

describe("ops whose shape depends on data", () => {
  it.each(["NonZero", "Unique"])("%s refuses unknown data by its own code", (op) => {
    const b = newBuilder();
    const x = b.input("x", { dtype: "float32", shape: [3] });
    expect(() => b.op(op, [x])).toThrow(expect.objectContaining({ code: "op/not-constant" }));
  });
});

describe("files of older opsets", () => {
  interface Old {
    readonly op: string;
    readonly opset: number;
    readonly shape: readonly number[];
    readonly attrs?: Attrs;
    readonly constants?: readonly (readonly number[])[];
    readonly outputs?: number;
  }
  const cases: readonly Old[] = [
    ...[7, 11].flatMap((opset): Old[] => [
      { op: "Squeeze", opset, shape: [1, 3, 1], attrs: { axes: ints([0]) } },
      { op: "Squeeze", opset, shape: [1, 3, 1] },
      { op: "Unsqueeze", opset, shape: [2, 3], attrs: { axes: ints([0, 3]) } },
      { op: "Split", opset, shape: [2, 6], attrs: { axis: int(1), split: ints([1, 2, 3]) }, outputs: 3 },
      { op: "Split", opset, shape: [2, 6], attrs: { axis: int(1) }, outputs: 2 },
      { op: "Hardmax", opset, shape: [2, 3, 2] },
    ]),
    ...[7, 10].flatMap((opset): Old[] => [
      { op: "Pad", opset, shape: [2, 3], attrs: { pads: ints([1, 0, 0, 2]), value: float(2.5) } },
      { op: "Pad", opset, shape: [3, 3], attrs: { pads: ints([1, 0, -1, 2]), mode: string("reflect") } },
    ]),
    { op: "Split", opset: 13, shape: [2, 6], attrs: { axis: int(1) }, outputs: 2 },
    { op: "Slice", opset: 7, shape: [4, 5], attrs: { starts: ints([1, -3]), ends: ints([3, 9223372036854775807n]), axes: ints([0, 1]) } },
    { op: "Slice", opset: 9, shape: [4, 5], attrs: { starts: ints([1]), ends: ints([-1]) } },
    { op: "Slice", opset: 10, shape: [4, 5], constants: [[1], [-1], [1], [2]] },
    { op: "TopK", opset: 7, shape: [3, 4], attrs: { k: int(2), axis: int(0) }, outputs: 2 },
    { op: "TopK", opset: 10, shape: [3, 4], constants: [[2]], outputs: 2 },
  ];

  it.each(cases.map((c) => [`${c.op} at opset ${c.opset} with ${Object.keys(c.attrs ?? {}).join(", ") || "inputs"}`, c] as const))(
    "%s",
    async (_, old) => {
      const constants = (old.constants ?? []).map((v, i) => i64(`c${i}`, v));
      const outputs = Array.from({ length: old.outputs ?? 1 }, (_, i) => `y${i}`);
      const bytes = model({
        opset: old.opset,
        inputs: [value("x", old.shape)],
        outputs,
        initializers: constants,
        nodes: [node(old.op, ["x", ...constants.map((c) => c.name)], outputs, old.attrs)],
      });
      const x = tensor(
        "float32",
        old.shape,
        Array.from({ length: sizeOf(old.shape) }, (_, i) => Math.sin(7 * i)),
      );
      const bound = bind(readOnnx(bytes));
      const ours = evaluateGraph(bound.graph, new Map([["x", x]]));
      const theirs = await runOrtBytes(bytes, new Map([["x", x]]));
      for (const y of outputs) {
        const [mine, their] = [ours.get(bound.valueOf(y)!)!, theirs.get(y)!];
        expect(mine.shape).toEqual(their.shape);
        expect(Array.from(mine.data)).toEqual(Array.from(their.data));
      }
    },
  );
});
