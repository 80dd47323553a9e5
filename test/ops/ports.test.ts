import { describe, expect, it } from "vitest";
import type { Graph } from "../../src/graph/graph.js";
import { tensor } from "../../src/graph/tensor.js";
import type { DType, Tensor } from "../../src/graph/tensor.js";
import type { ElementTypes } from "../../src/ops/shared/element-types.js";
import { refusedElements } from "../../src/ops/shared/element-types.js";
import type { Example, Op } from "../../src/ops/op.js";
import { isPrimitive } from "../../src/ops/op.js";
import { allOps } from "../../src/ops/registry.js";
import { build } from "../support/examples.js";
import { runOrt } from "../support/ort.js";

/** What onnxruntime says when it refuses a graph by the types or shapes of its inputs: not that a kernel lacks, nor that numbers are out of range. */
const REFUSAL = /Type Error|is invalid|ShapeInferenceError|TypeInferenceError|must be|should be|Invalid|invalid/i;

async function refuses(graph: Graph, feeds: ReadonlyMap<string, Tensor>): Promise<boolean> {
  try {
    await runOrt(graph, feeds);
    return false;
  } catch (error) {
    if (/NOT_IMPLEMENTED|Could not find an implementation/.test(String(error))) return false;
    if (!REFUSAL.test(String(error))) throw error;
    return true;
  }
}

/** The example's graph with one of its constants made anew. */
function withConstant(
  op: Op,
  example: Example,
  name: string,
  change: (t: Tensor) => Tensor,
): { readonly graph: Graph; readonly feeds: Map<string, Tensor> } {
  const { raw, feeds } = build(op, example);
  const value = change(raw.initializers.get(name)!);
  return {
    feeds,
    graph: {
      ...raw,
      initializers: new Map(raw.initializers).set(name, value),
      types: new Map(raw.types).set(name, { dtype: value.dtype, shape: value.shape }),
    },
  };
}

const primitives = allOps().filter(isPrimitive);
const lists = primitives.flatMap((op) =>
  Object.entries(op.inputs).flatMap(([name, port], at) => (port.list ? [[`${op.name}.${name}`, op, name, port.list, at] as const] : [])),
);

describe("lists, as runtimes take them", () => {
  it.each(lists)("%s", async (_, op, name, list, at) => {
    const given = op.examples.filter((e) => e.inputs[at]?.constant && e.withoutRuntime === undefined);
    const example = given.find((e) => e.inputs[at]!.dtype === "int64") ?? given[0];
    if (!example) return;
    const narrow = withConstant(op, example, name, (t) => tensor("int32", t.shape, t.data));
    if (!list.int32) expect(await refuses(narrow.graph, narrow.feeds)).toBe(true);
    const wide = withConstant(op, example, name, (t) => tensor("int64", [t.data.length], t.data));
    expect(await refuses(wide.graph, wide.feeds)).toBe(false);
  });
});

describe("element types, as the schema has them", () => {
  const TYPES: readonly DType[] = ["float32", "int8", "uint8", "int16", "int32", "int64", "uint32", "bool"];
  const RULES: readonly ElementTypes[] = ["floats", "numbers", "wide", "signed", "powers", "pixels"];

  it.each(primitives.filter((op) => op.accepts).map((op) => [op.name, op] as const))("%s", async (_, op) => {
    const example = op.examples.find((e) => e.withoutRuntime === undefined && (e.outputs ?? 1) === 1)!;
    const { raw, feeds } = build(op, example);
    const first = raw.nodes[0]!.inputs[0]!;
    const was = raw.types.get(first)!.dtype;
    for (const dtype of TYPES) {
      const as = (t: Tensor): Tensor =>
        t.dtype === was && (t.dtype === "float32" || t.dtype === "float64") ? tensor(dtype, t.shape, new Float64Array(t.data.length).fill(1)) : t;
      const initializers = new Map([...raw.initializers].map(([n, t]) => [n, as(t)]));
      const own = new Map([...feeds].map(([n, t]) => [n, as(t)]));
      const types = new Map(raw.types);
      for (const [n, t] of [...initializers, ...own]) types.set(n, { dtype: t.dtype, shape: t.shape });
      for (const o of raw.outputs) if (types.get(o)!.dtype === was) types.set(o, { dtype, shape: types.get(o)!.shape });
      const inputs = raw.inputs.map((i) => ({ ...i, dtype: own.get(i.name)!.dtype }));
      const graph: Graph = { ...raw, initializers, types, inputs };
      const refused = await runOrt(graph, own).then(
        () => false,
        (error: unknown) => /Type 'tensor\(\w+\)' of input parameter|Type Error/.test(String(error)),
      );
      expect(`${dtype} ${refused}`).toBe(`${dtype} ${refusedElements(op.accepts!, dtype) !== undefined}`);
    }
  });
  it("is said in words", () => {
    expect(RULES.map((rule) => refusedElements(rule, "bool"))).toEqual(["floats", "numbers", "floats, or integers of at least 32 bits", "floats or signed integers", "floats, int32 or int64", "floats, int8 or uint8"]); // prettier-ignore
    expect(RULES.map((rule) => refusedElements(rule, "float32"))).toEqual(RULES.map(() => undefined));
  });
});
