import { clone, create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  TensorProto_DataLocation,
} from "onnx-buf";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "onnx-buf";
import { writeSafetensors } from "../../src/io/safetensors.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { allOps } from "../../src/ops/registry.js";
import { stream } from "../../src/util/random.js";
import { AttributeType as A, DataType as T, f32, fn, graph, graphAttr, i64, node, value } from "../support/model.js";
import type { Seed } from "./corpus.js";

/** Draws that a case consumes one after the other. */
export class Dice {
  readonly #stream: ReturnType<typeof stream>;
  #i = 0;
  constructor(seed: number, name: string) {
    this.#stream = stream(seed, name);
  }
  below(n: number): number {
    return Math.min(n - 1, Math.floor(n * this.#stream.uniform(this.#i++)));
  }
  chance(p: number): boolean {
    return this.#stream.uniform(this.#i++) < p;
  }
  pick<X>(list: readonly X[]): X {
    return list[this.below(list.length)]!;
  }
}

/** What one case gives to the command. */
export interface Case {
  readonly name: string;
  readonly model: Uint8Array;
  readonly batch: Uint8Array;
  readonly args: readonly string[];
}

const NUMBERS = [
  0n,
  1n,
  -1n,
  2n,
  3n,
  7n,
  64n,
  255n,
  -2n,
  -7n,
  65536n,
  10n ** 6n,
  2n ** 31n - 1n,
  2n ** 31n,
  -(2n ** 31n),
  2n ** 32n,
  2n ** 40n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];
const FLOATS = [0, -0, 1, -1, 0.5, 1e-45, 1e38, -1e38, NaN, Infinity, -Infinity, 1e6, 2 ** 31, 2 ** 62];
const NAMES = [
  "",
  "x",
  "y",
  "w",
  "loss",
  "labels",
  "target",
  "grad/w",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "../x",
  "a\nb",
  "\u0000",
  "ü✓",
  "n".repeat(70_000),
  "constant/int64_0",
];
const ATTRS = [
  "axis",
  "axes",
  "perm",
  "pads",
  "strides",
  "kernel_shape",
  "dilations",
  "group",
  "to",
  "keepdims",
  "value",
  "mode",
  "auto_pad",
  "output_shape",
  "ceil_mode",
  "alpha",
  "epsilon",
  "start",
  "end",
  "direction",
  "hidden_size",
  "equation",
  "num_outputs",
  "body",
  "k",
  "blocksize",
];
const WORDS = [
  "",
  "NOTSET",
  "SAME_UPPER",
  "SAME_LOWER",
  "VALID",
  "linear",
  "cubic",
  "nearest",
  "constant",
  "reflect",
  "edge",
  "wrap",
  "forward",
  "reverse",
  "bidirectional",
  "Tanh",
  "ij,jk->ik",
  "...i,i->...",
  "\u0000",
  "float32",
  "z".repeat(5000),
];

type Mutation = (d: Dice, m: ModelProto) => void;

function allGraphs(m: ModelProto): GraphProto[] {
  const found: GraphProto[] = [];
  const visit = (g: GraphProto | undefined): void => {
    if (!g) return;
    found.push(g);
    for (const n of g.node) for (const a of n.attribute) visit(a.g);
  };
  visit(m.graph);
  return found;
}
const someGraph = (d: Dice, m: ModelProto): GraphProto => (d.chance(0.6) ? (m.graph ?? graph({})) : d.pick([...allGraphs(m), graph({})]));
const allNodes = (m: ModelProto): NodeProto[] => [...allGraphs(m).flatMap((g) => g.node), ...m.functions.flatMap((f) => f.node)];
const someNode = (d: Dice, m: ModelProto): NodeProto => d.pick([...allNodes(m), node("Identity", ["x"], ["nothing"])]);
const allTensors = (m: ModelProto): TensorProto[] => [
  ...allGraphs(m).flatMap((g) => g.initializer),
  ...allNodes(m).flatMap((n) => n.attribute.flatMap((a) => (a.t ? [a.t] : []))),
];
const someTensor = (d: Dice, m: ModelProto): TensorProto => d.pick([...allTensors(m), f32("spare", [1])]);
const someValue = (d: Dice, m: ModelProto): string =>
  d.pick([...allNodes(m).flatMap((n) => [...n.input, ...n.output]), ...allTensors(m).map((t) => t.name), ...NAMES]);
const someDeclared = (d: Dice, m: ModelProto): ValueInfoProto =>
  d.pick([...allGraphs(m).flatMap((g) => [...g.input, ...g.output]), value("spare", [1])]);

const spoil = (d: Dice, a: AttributeProto): void => {
  switch (d.below(9)) {
    case 0:
      a.i = d.pick(NUMBERS);
      break;
    case 1:
      if (a.ints.length > 0) a.ints[d.below(a.ints.length)] = d.pick(NUMBERS);
      else a.i = d.pick(NUMBERS);
      break;
    case 2:
      a.ints = Array.from({ length: d.below(6) }, () => d.pick(NUMBERS));
      break;
    case 3:
      a.f = d.pick(FLOATS);
      break;
    case 4:
      a.floats = Array.from({ length: d.below(5) }, () => d.pick(FLOATS));
      break;
    case 5:
      a.s = new TextEncoder().encode(d.pick(WORDS));
      break;
    case 6:
      a.type = d.below(16);
      break;
    case 7:
      delete a.t;
      delete a.g;
      break;
    default:
      a.name = d.pick(ATTRS);
  }
};

function newAttribute(d: Dice): AttributeProto {
  const a = create(AttributeProtoSchema, { name: d.pick(ATTRS), type: d.pick([A.INT, A.INTS, A.FLOAT, A.STRING, A.FLOATS, A.TENSOR, A.GRAPH]) });
  a.i = d.pick(NUMBERS);
  a.ints = Array.from({ length: d.below(6) }, () => d.pick(NUMBERS));
  a.f = d.pick(FLOATS);
  a.s = new TextEncoder().encode(d.pick(WORDS));
  if (a.type === A.TENSOR) a.t = d.chance(0.5) ? f32("t", [1]) : i64("t", [d.pick(NUMBERS)]);
  if (a.type === A.GRAPH) a.g = graph({ nodes: [node("Identity", ["x"], ["z"])], outputs: ["z"] });
  return a;
}

/** Every int64 tensor of a few elements is likely to be a shape, axes, pads or repeats. */
function spoilInts(d: Dice, m: ModelProto): void {
  const small = allTensors(m).filter((t) => t.dataType === T.INT64 && t.rawData && t.rawData.length >= 8);
  if (small.length === 0) return void spoil(d, create(AttributeProtoSchema, {}));
  const t = d.pick(small);
  const view = new BigInt64Array(t.rawData.slice().buffer);
  view[d.below(view.length)] = d.pick(NUMBERS);
  t.rawData = new Uint8Array(view.buffer);
}

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "input dim": (d, m) => {
    const type = someDeclared(d, m).type?.value;
    const dims = type?.case === "tensorType" ? type.value.shape?.dim : undefined;
    if (!dims || dims.length === 0) return;
    const dim = d.pick(dims);
    dim.value = d.chance(0.7) ? { case: "dimValue", value: d.pick(NUMBERS) } : { case: "dimParam", value: d.pick(NAMES) };
  },
  "input rank": (d, m) => {
    const type = someDeclared(d, m).type?.value;
    if (type?.case !== "tensorType" || !type.value.shape) return;
    if (d.chance(0.5)) type.value.shape.dim.pop();
    else type.value.shape.dim.push(...type.value.shape.dim.slice(0, 1));
  },
  "input type": (d, m) => {
    const type = someDeclared(d, m).type?.value;
    if (type?.case === "tensorType") type.value.elemType = d.below(30);
  },
  "undeclared shape": (d, m) => {
    const type = someDeclared(d, m).type?.value;
    if (type?.case === "tensorType") delete type.value.shape;
  },
  "declared name": (d, m) => void (someDeclared(d, m).name = someValue(d, m)),
  "no type": (d, m) => void delete someDeclared(d, m).type,
  "tensor dims": (d, m) => {
    const t = someTensor(d, m);
    if (t.dims.length > 0 && d.chance(0.7)) t.dims[d.below(t.dims.length)] = d.pick(NUMBERS);
    else t.dims = Array.from({ length: d.below(5) }, () => d.pick(NUMBERS));
  },
  "tensor reshaped": (d, m) => {
    const t = someTensor(d, m);
    const size = t.dims.reduce((a, b) => a * b, 1n);
    t.dims = d.pick([[size], [size, 1n], [1n, size], [1n, 1n, 1n, size], [], [0n]]);
    if (t.dims.length === 0 || t.dims[0] === 0n) t.rawData = (t.rawData ?? new Uint8Array()).slice(0, t.dims.length === 0 ? 4 : 0);
  },
  "tensor type": (d, m) => void (someTensor(d, m).dataType = d.below(28)),
  "tensor bytes": (d, m) => {
    const t = someTensor(d, m);
    const raw = t.rawData ?? new Uint8Array();
    t.rawData = d.pick([
      raw.slice(0, d.below(raw.length + 1)),
      new Uint8Array(raw.length + d.below(9)),
      new Uint8Array(),
      raw.map(() => 0xff),
      raw.map(() => 0x7f),
    ]);
  },
  "tensor fields": (d, m) => {
    const t = someTensor(d, m);
    t.rawData = new Uint8Array();
    t.floatData = Array.from({ length: d.below(8) }, () => d.pick(FLOATS));
    t.int64Data = Array.from({ length: d.below(8) }, () => d.pick(NUMBERS));
    t.int32Data = [d.below(1000)];
  },
  "tensor floats": (d, m) => {
    const t = someTensor(d, m);
    if (t.dataType !== T.FLOAT || !t.rawData || t.rawData.length < 4) return;
    const view = new Float32Array(t.rawData.slice().buffer);
    view[d.below(view.length)] = d.pick(FLOATS);
    t.rawData = new Uint8Array(view.buffer);
  },
  "tensor ints": spoilInts,
  "tensor name": (d, m) => void (someTensor(d, m).name = someValue(d, m)),
  "tensor gone": (d, m) => {
    const g = someGraph(d, m);
    g.initializer.splice(d.below(g.initializer.length + 1), 1);
  },
  "tensor twice": (d, m) => {
    const g = someGraph(d, m);
    g.initializer.push(...g.initializer.slice(0, 1));
  },
  "tensor external": (d, m) => {
    const t = someTensor(d, m);
    const entry = (key: string, v: string) => create(StringStringEntryProtoSchema, { key, value: v });
    t.rawData = new Uint8Array();
    t.dataLocation = TensorProto_DataLocation.EXTERNAL;
    t.externalData = [
      entry(
        "location",
        d.pick([
          "data.bin",
          "../data.bin",
          "/etc/passwd",
          "C:\\x",
          "a/../../b",
          "",
          ".",
          "link.bin",
          "missing.bin",
          "\u0000",
          "/dev/zero",
          "n".repeat(5000),
        ]),
      ),
      entry("offset", d.pick(["0", "4", "-1", "1e9", "99999999999999999999", "x", "", "4096"])),
      entry("length", d.pick(["0", "16", "-1", "64", "9007199254740993", "x", "4611686018427387904"])),
    ].slice(0, 1 + d.below(3));
  },
  "node input": (d, m) => {
    const n = someNode(d, m);
    if (n.input.length > 0) n.input[d.below(n.input.length)] = someValue(d, m);
  },
  "node output": (d, m) => {
    const n = someNode(d, m);
    if (n.output.length > 0) n.output[d.below(n.output.length)] = someValue(d, m);
  },
  "node arity": (d, m) => {
    const n = someNode(d, m);
    const list = d.chance(0.5) ? n.input : n.output;
    if (d.chance(0.5)) list.pop();
    else list.push(someValue(d, m));
  },
  "node cycle": (d, m) => {
    const n = someNode(d, m);
    const later = someNode(d, m);
    if (n.input.length > 0 && later.output.length > 0) n.input[0] = later.output[0]!;
  },
  "node twice": (d, m) => {
    const g = someGraph(d, m);
    if (g.node.length > 0) g.node.push(clone(NodeProtoSchema, d.pick(g.node)));
  },
  "node gone": (d, m) => {
    const g = someGraph(d, m);
    g.node.splice(d.below(g.node.length + 1), 1);
  },
  "nodes reversed": (d, m) => void someGraph(d, m).node.reverse(),
  "node name": (d, m) => void (someNode(d, m).name = d.pick(NAMES)),
  "node op": (d, m) =>
    void (someNode(d, m).opType = d.chance(0.8)
      ? d.pick(allOps()).name
      : d.pick(["", "NoSuchOp", "QLinearConv", "SequenceAt", "StringConcat", "__proto__", "constructor"])),
  "node domain": (d, m) => void (someNode(d, m).domain = d.pick(["ai.onnx", "com.microsoft", "ai.onnx.ml", "", "\u0000", "__proto__"])),
  "attribute value": (d, m) => {
    const with_ = allNodes(m).filter((n) => n.attribute.length > 0);
    if (with_.length === 0) someNode(d, m).attribute.push(newAttribute(d));
    else spoil(d, d.pick(d.pick(with_).attribute));
  },
  "attribute number": (d, m) => {
    const numeric = allNodes(m)
      .flatMap((n) => n.attribute)
      .filter((a) => a.type === A.INT || a.type === A.INTS || a.type === A.FLOAT || a.type === A.FLOATS);
    if (numeric.length === 0) return spoilInts(d, m);
    const a = d.pick(numeric);
    if (a.type === A.INT) a.i = d.pick(NUMBERS);
    else if (a.type === A.FLOAT) a.f = d.pick(FLOATS);
    else if (a.type === A.INTS && a.ints.length > 0) a.ints[d.below(a.ints.length)] = d.pick(NUMBERS);
    else if (a.type === A.INTS) a.ints = [d.pick(NUMBERS)];
    else a.floats = a.floats.map(() => d.pick(FLOATS));
  },
  "attribute new": (d, m) => void someNode(d, m).attribute.push(newAttribute(d)),
  "attribute gone": (d, m) => {
    const n = someNode(d, m);
    n.attribute.splice(d.below(n.attribute.length + 1), 1);
  },
  opset: (d, m) => {
    for (const o of m.opsetImport) o.version = d.pick([...NUMBERS, 6n, 7n, 8n, 9n, 10n, 11n, 12n, 13n, 14n, 16n, 18n, 20n, 21n, 23n, 25n, 26n]);
  },
  "old opset": (d, m) => {
    for (const o of m.opsetImport) o.version = BigInt(7 + d.below(19));
  },
  "no opset": (_, m) => void (m.opsetImport = []),
  "graph gone": (d, m) => {
    const a = allNodes(m)
      .flatMap((n) => n.attribute)
      .filter((x) => x.g);
    if (a.length > 0) delete d.pick(a).g;
    else delete m.graph;
  },
  "outputs gone": (d, m) => void (someGraph(d, m).output = []),
  "output twice": (d, m) => {
    const g = someGraph(d, m);
    g.output.push(...g.output);
  },
  "inputs gone": (d, m) => void someGraph(d, m).input.shift(),
  "input twice": (d, m) => {
    const g = someGraph(d, m);
    g.input.push(...g.input.slice(0, 1));
  },
  "inputs swapped": (d, m) => {
    const n = someNode(d, m);
    n.input.reverse();
  },
  "empty graph": (d, m) => {
    const g = someGraph(d, m);
    g.node = [];
  },
  "deep branches": (d, m) => {
    let g = graph({ nodes: [node("Identity", ["x"], ["deep"])], outputs: ["deep"] });
    const depth = d.pick([3, 20, 40, 90]);
    for (let i = 0; i < depth; i++) {
      g = graph({
        nodes: [node("If", ["yes"], ["deep"], { then_branch: graphAttr(g), else_branch: graphAttr(graph({ nodes: [], outputs: ["x"] })) })],
        outputs: ["deep"],
      });
    }
    m.graph?.node.push(...g.node);
    m.graph?.initializer.push(create(TensorProtoSchema, { name: "yes", dataType: T.BOOL, rawData: Uint8Array.of(1) }));
    const out = m.graph?.output[0];
    if (out) out.name = "deep";
  },
  "nested loops": (d, m) => {
    const trips = d.pick([3n, 50n, 9000n, 10n ** 9n, 2n ** 62n]);
    let body = graph({
      inputs: [value("i0", [], T.INT64), value("c0", [], T.BOOL), value("h0")],
      outputs: ["c0", "o0"],
      nodes: [node(d.pick(["Tanh", "Identity", "Shape"]), ["h0"], ["o0"])],
    });
    for (let depth = 1; depth <= d.below(3); depth++) {
      const [i, c, h, o] = [`i${depth}`, `c${depth}`, `h${depth}`, `o${depth}`];
      body = graph({
        inputs: [value(i, [], T.INT64), value(c, [], T.BOOL), value(h)],
        outputs: [c, o],
        nodes: [node("Loop", ["trips", "", h], [o], { body: graphAttr(body) })],
      });
    }
    m.graph?.initializer.push(i64("trips", [trips], []));
    m.graph?.node.push(node("Loop", ["trips", "", d.chance(0.5) ? "trips" : someValue(d, m)], ["looped"], { body: graphAttr(body) }));
    if (m.graph?.output[0]) m.graph.output[0].name = "looped";
  },
  "function bomb": (d, m) => {
    const levels = d.pick([2, 12, 40, 70]);
    m.functions = Array.from({ length: levels }, (_, l) =>
      fn(
        `F${l}`,
        "bomb",
        ["a"],
        ["c"],
        l === levels - 1 && d.chance(0.7)
          ? [node("Tanh", ["a"], ["c"])]
          : [node(`F${(l + 1) % levels}`, ["a"], ["b"], {}, { domain: "bomb" }), node(`F${(l + 1) % levels}`, ["b"], ["c"], {}, { domain: "bomb" })],
      ),
    );
    m.graph?.node.push(node("F0", [m.graph.input[0]?.name ?? "x"], ["boom"], {}, { domain: "bomb" }));
    if (m.graph?.output[0]) m.graph.output[0].name = "boom";
  },
  "huge made": (d, m) => {
    const dims = Array.from({ length: 1 + d.below(3) }, () =>
      d.pick([1n, 2n, 1000n, 65536n, 2n ** 20n, 2n ** 28n, 2n ** 31n, 2n ** 40n, 2n ** 62n, 0n, -1n]),
    );
    m.graph?.initializer.push(i64("huge_dims", dims));
    const [out] = m.graph?.output ?? [];
    const op = d.pick(["ConstantOfShape", "Expand", "Tile", "Reshape", "Pad", "Range", "OneHot", "RandomNormal"]);
    const source = someValue(d, m);
    const inputs = op === "ConstantOfShape" ? ["huge_dims"] : op === "Range" ? ["from0", "huge_dims", "by1"] : [source, "huge_dims"];
    m.graph?.initializer.push(i64("from0", [0], []), i64("by1", [1], []));
    m.graph?.node.push(node(op, inputs, ["huge"]));
    if (out && m.graph) {
      if (d.chance(0.5)) m.graph.node.push(node("Add", ["huge", out.name], ["huge_out"]));
      out.name = m.graph.node.at(-1)!.output[0]!;
    }
  },
};

const KINDS = Object.keys(MUTATIONS);
/** Damage that leaves a file whole enough to reach the shape rules, the gradient rules and the kernels. */
const SUBTLE = [
  "attribute number",
  "attribute number",
  "attribute number",
  "attribute gone",
  "attribute value",
  "tensor ints",
  "tensor ints",
  "tensor reshaped",
  "tensor floats",
  "tensor type",
  "inputs swapped",
  "node input",
  "node arity",
  "old opset",
];

/** Gives an input another shape in the declaration and in the batch alike. */
function reshaped(d: Dice, m: ModelProto, batch: Map<string, Tensor>): void {
  const name = d.pick([...batch.keys(), ""]);
  const [t, declared] = [batch.get(name), m.graph?.input.find((i) => i.name === name)?.type?.value];
  if (!t || declared?.case !== "tensorType") return;
  const shape = [...t.shape];
  const at = d.below(shape.length + 1);
  if (d.chance(0.6) && shape.length > 0) shape[Math.min(at, shape.length - 1)] = d.pick([0, 1, 2, 3, 5, 8]);
  else if (d.chance(0.5)) shape.splice(at, 1);
  else shape.splice(at, 0, d.pick([1, 2, 0]));
  const size = shape.reduce((a, b) => a * b, 1);
  if (size > 4096) return;
  batch.set(
    name,
    tensor(
      t.dtype,
      shape,
      Float64Array.from({ length: size }, (_, i) => t.data[i % Math.max(1, t.data.length)] ?? 0),
    ),
  );
  const made = value("", shape).type!.value;
  if (made.case === "tensorType" && made.value.shape) declared.value.shape = made.value.shape;
}

const JUNK: readonly Uint8Array[] = [
  new Uint8Array(),
  Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
  Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0),
  Uint8Array.of(0x1f, 0x8b, 8, 0),
  new TextEncoder().encode('{"hello": "world"}'),
  new TextEncoder().encode("<html><body>404</body></html>"),
  new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
  new Uint8Array(100_000).fill(0x0a),
  new Uint8Array(5000).fill(0xff),
  new Uint8Array(64),
];

/** Damages bytes without knowing what they mean. */
export function damagedBytes(d: Dice, bytes: Uint8Array): { bytes: Uint8Array; kind: string } {
  const at = (): number => d.below(bytes.length + 1);
  const copy = bytes.slice();
  switch (d.below(7)) {
    case 0:
      return { kind: "truncated", bytes: bytes.slice(0, at()) };
    case 1: {
      for (let i = 0; i <= d.below(8); i++) if (copy.length > 0) copy[d.below(copy.length)]! ^= 1 << d.below(8);
      return { kind: "bits flipped", bytes: copy };
    }
    case 2: {
      for (let i = 0; i <= d.below(4); i++) if (copy.length > 0) copy[d.below(copy.length)] = d.pick([0, 0x7f, 0x80, 0xff, 1]);
      return { kind: "bytes overwritten", bytes: copy };
    }
    case 3: {
      const [p, extra] = [at(), Uint8Array.from({ length: 1 + d.below(20) }, () => d.below(256))];
      return { kind: "bytes inserted", bytes: Uint8Array.from([...bytes.slice(0, p), ...extra, ...bytes.slice(p)]) };
    }
    case 4: {
      const p = at();
      return { kind: "bytes removed", bytes: Uint8Array.from([...bytes.slice(0, p), ...bytes.slice(p + 1 + d.below(16))]) };
    }
    case 5:
      return { kind: "doubled", bytes: Uint8Array.from([...bytes, ...bytes]) };
    default:
      return { kind: "junk", bytes: d.pick(JUNK) };
  }
}

function damagedBatch(d: Dice, batch: Map<string, Tensor>): { kind: string; bytes?: Uint8Array } {
  const names = [...batch.keys(), "x", "labels"];
  const name = d.pick(names);
  const t = batch.get(name) ?? tensor("float32", [1], [1]);
  switch (d.below(11)) {
    case 0:
      batch.delete(name);
      return { kind: "batch lacks a tensor" };
    case 1:
      batch.set(d.pick(NAMES), t);
      return { kind: "batch has a stranger" };
    case 2:
      batch.set(name, tensor(t.dtype, [t.data.length], t.data));
      return { kind: "batch flattened" };
    case 3:
      batch.set(name, tensor(d.pick(["float32", "float64", "int64", "int32", "bool", "uint8"]), t.shape, t.data));
      return { kind: "batch type" };
    case 4: {
      const values = Array.from(t.data);
      if (values.length > 0) values[d.below(values.length)] = d.pick([...FLOATS, -101, 1e9]);
      batch.set(name, tensor(t.dtype, t.shape, values));
      return { kind: "batch values" };
    }
    case 5:
      if (t.shape.length > 0)
        batch.set(
          name,
          tensor(
            t.dtype,
            t.shape.map((_, i) => (i === 0 ? 0 : t.shape[i]!)),
            [],
          ),
        );
      return { kind: "batch of size 0" };
    case 6: {
      const half = t.shape.map((s, i) => (i === 0 ? Math.ceil(s / 2) : s));
      const n = half.reduce((a, b) => a * b, 1);
      batch.set(name, tensor(t.dtype, half, t.data.subarray(0, n)));
      return { kind: "batch smaller" };
    }
    case 7:
      batch.set(
        name,
        tensor(
          "int64",
          t.shape,
          Array.from(t.data, () => d.pick([0, 1, -1, -100, 100, 2 ** 31, -(2 ** 63), 2 ** 53])),
        ),
      );
      return { kind: "batch of ints" };
    case 8: {
      const bytes = Buffer.concat(writeSafetensors(batch));
      const text = bytes.toString("latin1");
      const [from, to] = d.pick([
        ['"shape":[', '"shape":[4611686018427387904,'],
        ['"data_offsets":[', '"data_offsets":[-'],
        ['"F32"', '"F99"'],
        ["{", "["],
        [":", ""],
        ['"shape":[', '"shape":[1e400,'],
        ["],", "],]"],
        ['"data_offsets":[', '"data_offsets":[0,'],
      ]);
      const head = text.replace(from, to);
      const out = Buffer.from(head, "latin1");
      if (d.chance(0.7)) out.writeBigUInt64LE(BigInt(Number(bytes.readBigUInt64LE(0)) + to.length - from.length), 0);
      return { kind: "batch header", bytes: out };
    }
    default: {
      const { bytes, kind } = damagedBytes(d, Buffer.concat(writeSafetensors(batch)));
      return { kind: `batch ${kind}`, bytes };
    }
  }
}

function someArgs(d: Dice, seed: Seed): string[] {
  const args = [...seed.args];
  const put = (key: string, v: string): void => {
    const i = args.indexOf(key);
    if (i >= 0) args.splice(i, 2);
    args.push(key, v);
  };
  if (d.chance(0.12)) put("--loss", d.pick(["sum", "sum", "mse", "cross-entropy", "output:y", "none", "output:", "huber", "output:__proto__"]));
  if (d.chance(0.2)) put("--dtype", d.pick(["float64", "float64", "float64", "float32", "float16"]));
  if (d.chance(0.05)) put("--dropout", d.pick(["1", "2", "3", "-1", "x", "9007199254740993"]));
  if (d.chance(0.03)) put("--bind", d.pick(["n=2", "n=0", "n=99999999999", "n", "t=3,n=2", "__proto__=3", "x.0=2", "=3"]));
  if (d.chance(0.03)) args.push("--set", d.pick(["train=false", "x=1", "x=nan", "x", "__proto__=1", "mask=0", "x=1e400"]));
  if (d.chance(0.04)) put("--output", d.pick(["y", "h", "m", "s", "", "__proto__", "w1", "x"]));
  return args;
}

/** The damaged case of this number: always the same one for the same seed. */
export function makeCase(seeds: { readonly networks: readonly Seed[]; readonly ops: readonly Seed[] }, seed: number, number: number): Case {
  const d = new Dice(seed, `case/${number}`);
  const subtle = d.chance(0.5);
  const base = d.chance(subtle ? 0.2 : 0.6) ? d.pick(seeds.networks) : d.pick(seeds.ops);
  const batch = new Map(base.batch);
  const kinds: string[] = [];
  let bytes: Uint8Array;
  let batchBytes: Uint8Array | undefined;
  const what = d.below(20);
  if (what < (subtle ? 0 : 4)) {
    const damaged = damagedBytes(d, toBinary(ModelProtoSchema, base.model));
    bytes = damaged.bytes;
    kinds.push(damaged.kind);
  } else {
    const model = clone(ModelProtoSchema, base.model);
    if (what < 17) {
      for (let i = 0; i < d.pick([1, 1, 1, 2, 3]); i++) {
        const kind = d.pick(subtle ? [...SUBTLE, ...new Array<string>(8).fill("consistent shape")] : KINDS);
        if (kind === "consistent shape") reshaped(d, model, batch);
        else MUTATIONS[kind]!(d, model);
        kinds.push(kind);
      }
    }
    bytes = toBinary(ModelProtoSchema, model);
  }
  if (what >= (subtle ? 18 : 15)) {
    const damaged = damagedBatch(d, batch);
    kinds.push(damaged.kind);
    batchBytes = damaged.bytes;
  }
  let written: Uint8Array;
  try {
    written = batchBytes ?? Buffer.concat(writeSafetensors(batch));
  } catch {
    written = new Uint8Array();
  }
  const runtime = d.chance(0.5) ? "node" : "reference";
  return {
    name: `${base.name} — ${kinds.join(" + ")}`,
    model: bytes,
    batch: written,
    args: [...someArgs(d, base), "--runtime", runtime, "--max-memory", "0.5"],
  };
}

const SWEEP_INTS = [0n, -1n, 3n, 65536n, 2n ** 20n, 10n ** 9n, 2n ** 31n - 1n, 2n ** 40n, 2n ** 63n - 1n];
const SWEEP_FLOATS = [0, -1, 1e-30, 1e30, NaN, Infinity];

/** Every number of a network that says how: attributes, and the elements of small constants. Each entry writes one value. */
function slots(m: ModelProto): ((value: bigint | number) => void)[] {
  const found: ((value: bigint | number) => void)[] = [];
  const whole = (v: bigint | number): bigint => (typeof v === "bigint" ? v : Number.isFinite(v) ? BigInt.asIntN(64, BigInt(Math.trunc(v))) : 0n);
  for (const n of allNodes(m)) {
    for (const a of n.attribute) {
      if (a.type === A.INT) found.push((v) => void (a.i = whole(v)));
      if (a.type === A.FLOAT) found.push((v) => void (a.f = Number(v)));
      if (a.type === A.INTS) a.ints.forEach((_, i) => found.push((v) => void (a.ints[i] = whole(v))));
      if (a.type === A.FLOATS) a.floats.forEach((_, i) => found.push((v) => void (a.floats[i] = Number(v))));
    }
  }
  for (const t of allTensors(m)) {
    const [ints, floats] = [t.dataType === T.INT64, t.dataType === T.FLOAT];
    const width = ints ? 8 : 4;
    const count = (t.rawData?.length ?? 0) / width;
    if (!(ints || floats) || count < 1 || count > 8) continue;
    for (let i = 0; i < count; i++) {
      found.push((v) => {
        const raw = t.rawData.slice();
        const view = new DataView(raw.buffer);
        if (ints) view.setBigInt64(8 * i, BigInt.asIntN(64, whole(v)), true);
        else view.setFloat32(4 * i, Number(v), true);
        t.rawData = raw;
      });
    }
  }
  return found;
}

/** The cases of the sweep: every number of every seed, set to every bad value in turn. */
export function sweepCases(seeds: readonly Seed[]): { readonly count: number; at(i: number): Case } {
  const values = [...SWEEP_INTS, ...SWEEP_FLOATS];
  const starts: number[] = [];
  let count = 0;
  for (const s of seeds) {
    starts.push(count);
    count += slots(s.model).length * values.length;
  }
  return {
    count,
    at(i) {
      let k = starts.length - 1;
      while (starts[k]! > i) k--;
      const base = seeds[k]!;
      const [slot, which] = [Math.floor((i - starts[k]!) / values.length), (i - starts[k]!) % values.length];
      const model = clone(ModelProtoSchema, base.model);
      slots(model)[slot]!(values[which]!);
      const args = [...base.args, "--runtime", i % 8 === 0 ? "node" : "reference", "--max-memory", "0.25"];
      return {
        name: `${base.name} — number ${slot} is ${values[which]}`,
        model: toBinary(ModelProtoSchema, model),
        batch: Buffer.concat(writeSafetensors(base.batch)),
        args,
      };
    },
  };
}
