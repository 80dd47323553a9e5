import { int64s, tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { normalizeAxes } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { takeProduct } from "./shared/indexing.js";
import { placeAlong } from "./shared/placing.js";
import { one, optionalFixed } from "./op.js";
import type { Op } from "./op.js";

type Ports = "data" | "pads" | "constant_value" | "axes";

/** output = data with `pads` elements before and behind each axis (a negative number crops): a constant, or data reflected, repeated or wrapped. */
export const Pad: Op<Ports, "output"> = {
  name: "Pad",
  since: [2, 11, 13, 18, 19, 21, 23, 24, 25],
  traits: { moves: "pads" },
  inputs: { data: one, pads: { list: { int32: true } }, constant_value: optionalFixed, axes: { optional: true, list: { int32: true } } },
  outputs: { output: one },
  attrs: { mode: { kind: "string", default: "constant", oneOf: ["constant", "reflect", "edge", "wrap"] } },
  upgrade: ({ node, opset, constant, fail }) => {
    if (opset >= 11) return node;
    const { pads, value, ...attrs } = node.attrs;
    if (pads === undefined) return fail('lacks its attribute "pads"');
    const inputs = [node.inputs[0]!, constant(int64s(pads as readonly number[]))];
    // Opset 2 has floats of any width; the attribute is float32, and so is every network that old.
    if (typeof value === "number" && value !== 0) inputs.push(constant(tensor("float32", [], [value])));
    return { ...node, attrs, inputs };
  },
  // onnxruntime reflects and wraps once at most: it refuses longer pads of the one kind and gets those of the other wrong.
  rewrite: ({ b, x, attrs, has, constant, node }) => {
    const mode = attrs.string("mode");
    if (mode !== "reflect" && mode !== "wrap") return undefined;
    const shape = b.shape(x.data);
    const { begins, ends } = padsOf(shape.length, constant("pads"), has("axes") ? constant("axes") : undefined, node.op);
    const reach = shape.map((d, i) => d + Math.min(0, begins[i]!) + Math.min(0, ends[i]!) - (mode === "reflect" ? 1 : 0));
    if (reach.every((r, i) => r < 0 || Math.max(begins[i]!, ends[i]!) <= r)) return undefined;
    let v = x.data;
    shape.forEach((d, i) => {
      if (begins[i] !== 0 || ends[i] !== 0) v = b.op("Gather", [v, b.ints(Array.from(sources(mode, d, begins[i]!, ends[i]!)))], { axis: i });
    });
    return [v];
  },
  infer: (c) => {
    const { dtype, shape } = c.type("data");
    const { begins, ends } = padsOf(shape.length, c.constant("pads"), c.optionalConstant("axes"), c.node.op, c.fail);
    const out = shape.map((d, i) => d + begins[i]! + ends[i]!);
    const value = c.optional("constant_value");
    if (value && value.dtype !== dtype) c.fail(`its value is ${value.dtype}, its data ${dtype}`);
    if (out.some((d) => d < 0))
      c.fail(`its pads crop more than there is`, { received: `[${begins.join(", ")}] before and [${ends.join(", ")}] behind` });
    if (c.attrs.string("mode") !== "constant") {
      const kept = shape.map((d, i) => d + Math.min(0, begins[i]!) + Math.min(0, ends[i]!));
      if (out.some((d, i) => d > 0 && kept[i]! <= 0)) c.fail("an axis without elements cannot be continued");
    }
    return [{ dtype, shape: out }];
  },
  evaluate: (c) => {
    const { shape } = c.x.data;
    const { begins, ends } = padsOf(shape.length, c.x.pads, c.has("axes") ? c.x.axes : undefined, c.node.op);
    const maps = shape.map((d, i) => sources(c.attrs.string("mode"), d, begins[i]!, ends[i]!));
    return [takeProduct(c.x.data, maps, c.out[0]!, c.has("constant_value") ? (c.x.constant_value.data[0] ?? 0) : 0)];
  },
  // data̅ = output̄ without the pads (with zeros where data was cropped); for the other modes each pad is added to where it came from
  vjp: ({ b, attrs, x, g, constant, node }) => {
    const shape = b.shape(x.data);
    const { begins, ends } = padsOf(shape.length, constant("pads"), x.axes === "" ? undefined : constant("axes"), node.op);
    const padded = shape.flatMap((_, i) => (begins[i] === 0 && ends[i] === 0 ? [] : [i]));
    const mode = attrs.string("mode");
    if (mode !== "constant") {
      let v: string | undefined = g.output;
      for (const i of padded) v = v && placeAlong(b, v, i, sources(mode, shape[i]!, begins[i]!, ends[i]!), shape[i]!);
      return { data: v };
    }
    if (padded.some((i) => begins[i]! < 0 || ends[i]! < 0))
      return {
        data: b.pad(
          g.output,
          begins.map((p) => -p),
          ends.map((p) => -p),
        ),
      };
    if (padded.length === 0) return { data: g.output };
    return {
      data: b.slice(
        g.output,
        padded.map((i) => begins[i]!),
        padded.map((i) => begins[i]! + shape[i]!),
        padded,
      ),
    };
  },
  examples: [
    { name: "zeros", inputs: [floats([2, 3]), ints([1, 0, 0, 2])] },
    { name: "a value", inputs: [floats([2, 3]), ints([0, 1, 1, 0]), floats([], { values: [1.5] })] },
    { name: "axes", inputs: [floats([2, 3, 2]), ints([1, 2]), null, ints([-2])] },
    { name: "crop", inputs: [floats([4, 5]), ints([-1, -2, -1, 0])] },
    { name: "crop and pad", inputs: [floats([4, 5]), ints([-1, 2, 2, -3])] },
    { name: "reflect", inputs: [floats([3, 4]), ints([1, 2, 2, 3])], attrs: { mode: "reflect" } },
    { name: "edge", inputs: [floats([3, 4]), ints([2, 0, 1, 3])], attrs: { mode: "edge" } },
    { name: "wrap", inputs: [floats([3, 4]), ints([1, 2, 2, 3])], attrs: { mode: "wrap" } },
    { name: "reflect with a crop", inputs: [floats([5, 4]), ints([-1, 1, 2, 0])], attrs: { mode: "reflect" } },
    { name: "reflect there and back", inputs: [floats([3, 2]), ints([5, 0, 0, 1])], attrs: { mode: "reflect" }, withoutRuntime: "it reflects once" },
    { name: "wrap twice", inputs: [floats([3, 2]), ints([0, 5, 4, 0])], attrs: { mode: "wrap" }, withoutRuntime: "it reads beside the data" },
    { name: "edge of an image", inputs: [floats([1, 2, 3, 3]), ints([0, 0, 1, 1, 0, 0, 1, 1])], attrs: { mode: "edge" } },
  ],
};

interface Pads {
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

function padsOf(rank: number, pads: Tensor, axes: Tensor | undefined, where: string, fail?: (what: string) => never): Pads {
  const named = axes ? normalizeAxes(Array.from(axes.data), rank, where) : Array.from({ length: rank }, (_, i) => i);
  if (pads.data.length !== 2 * named.length) fail?.(`it has ${pads.data.length} pads for ${named.length} axes`);
  const begins = new Array<number>(rank).fill(0);
  const ends = new Array<number>(rank).fill(0);
  named.forEach((axis, i) => {
    begins[axis] = pads.data[i]!;
    ends[axis] = pads.data[named.length + i]!;
  });
  return { begins, ends };
}

const LENGTH_LIMIT = 1 << 26;

/** For each position of a padded axis where its element comes from; −1: from the constant. Cropping comes first. */
function sources(mode: string, size: number, begin: number, end: number): Int32Array {
  if (!(size + begin + end <= LENGTH_LIMIT))
    throw new IsogradError("op/input", `Pad: an axis of ${size + begin + end} elements is too long`, { expected: `at most ${LENGTH_LIMIT}` });
  const first = Math.max(0, -begin);
  const kept = size - first - Math.max(0, -end);
  const pick = (i: number): number => {
    switch (mode) {
      case "edge":
        return Math.min(Math.max(i, 0), kept - 1);
      case "wrap":
        return modulo(i, kept);
      case "reflect":
        return kept === 1 ? 0 : kept - 1 - Math.abs(kept - 1 - modulo(i, 2 * (kept - 1)));
      default:
        return i >= 0 && i < kept ? i : -1;
    }
  };
  return Int32Array.from({ length: size + begin + end }, (_, k) => {
    const i = pick(k - Math.max(0, begin));
    return i < 0 ? -1 : first + i;
  });
}

const modulo = (i: number, n: number): number => ((i % n) + n) % n;
