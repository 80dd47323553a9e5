import { clone, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import type { ModelProto } from "onnx-buf";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { writeSafetensors } from "../../src/io/safetensors.js";
import type { Seed } from "./corpus.js";
import { damagedBytes, Dice, makeCase } from "./mutate.js";

/** What one case gives to `isograd check`. */
export interface CheckCase {
  readonly name: string;
  readonly model: Uint8Array;
  readonly second?: Uint8Array;
  readonly batch?: Uint8Array;
  readonly weights?: Uint8Array;
  readonly args: readonly string[];
}

type Tensors = Map<string, Tensor>;

const NASTY = [
  "\u001b[31mred\u001b[0m",
  "a\nb\tc\r",
  "</script><img src=x onerror=alert(1)>",
  '"><b>&amp;',
  "__proto__",
  "constructor",
  "",
  "ü✓\u202e\ud83d",
  "%s %d ${x} {{y}}",
  "n".repeat(3000),
  "probe/0",
  "loss",
  "labels",
  "cotangent",
  "a/b\\c:d",
  " ",
];

/** Renames one value everywhere, batch and weights included; names of nodes, graph and producer as they come. */
function renamed(d: Dice, m: ModelProto, ...tensors: Tensors[]): string {
  const g = m.graph!;
  const [from, to] = [
    d.pick([...g.input.map((i) => i.name), ...g.initializer.map((t) => t.name), ...g.node.flatMap((n) => n.output)]),
    d.pick(NASTY),
  ];
  const swap = (v: string): string => (v === from ? to : v);
  for (const n of g.node) {
    n.input = n.input.map(swap);
    n.output = n.output.map(swap);
    if (d.chance(0.3)) n.name = d.pick(NASTY);
  }
  for (const v of [...g.input, ...g.output, ...g.initializer]) v.name = swap(v.name);
  for (const v of [...g.input, ...g.output]) {
    const type = v.type?.value;
    if (type?.case !== "tensorType") continue;
    for (const dim of type.value.shape?.dim ?? []) if (dim.value.case === "dimParam" && d.chance(0.3)) dim.value.value = d.pick(NASTY);
  }
  for (const map of tensors) {
    const t = map.get(from);
    if (map.delete(from)) map.set(to, t!);
  }
  if (d.chance(0.3)) m.producerName = d.pick(NASTY);
  return `"${JSON.stringify(to).slice(0, 30)}" for a name`;
}

const sized = (dtype: Tensor["dtype"], shape: readonly number[], of: (i: number) => number): Tensor =>
  tensor(
    dtype,
    shape,
    Float64Array.from({ length: shape.reduce((p, s) => p * s, 1) }, (_, i) => of(i)),
  );

const filled = (t: Tensor, of: (i: number) => number): Tensor => sized(t.dtype, t.shape, of);

/** A batch that is well formed and wrong. */
function hostile(d: Dice, batch: Tensors): string {
  const inputs = [...batch.keys()].filter((k) => k !== "labels" && k !== "target");
  const name = d.pick([...inputs, "x"]);
  const t = batch.get(name) ?? tensor("float32", [1], [1]);
  const labels = batch.get("labels") ?? tensor("int64", [2], [0, 1]);
  const kinds: readonly (readonly [string, () => void])[] = [
    ["wrong dtype", () => batch.set(name, tensor(d.pick(["float64", "int64", "int32", "bool", "uint8", "float32"]), t.shape, t.data))],
    ["rank", () => batch.set(name, tensor(t.dtype, d.pick([[t.data.length], [1, ...t.shape], [...t.shape, 1]]), t.data))],
    ["no inputs of the shape", () => batch.set(name, tensor(t.dtype, [3, 3], new Float64Array(9)))],
    [
      "values",
      () => {
        const v = d.pick([NaN, Infinity, -Infinity, 3e38, -3e38, 1e-45, 1e30, 1e19, 1e300]);
        const at = d.below(Math.max(1, t.data.length));
        batch.set(
          name,
          filled(t, (i) => (i === at ? v : t.data[i]!)),
        );
      },
    ],
    [
      "one value everywhere",
      () => {
        const v = d.pick([0, 0, 1, -1, 3e38, 1e-45, 1e25]);
        batch.set(
          name,
          filled(t, () => v),
        );
      },
    ],
    ["one example zero", () => batch.set(name, { ...t, data: t.data.map((v, i) => (i < t.data.length / (t.shape[0] ?? 1) ? 0 : v)) })],
    [
      "no examples",
      () => {
        for (const [k, u] of batch) if (u.shape.length > 0) batch.set(k, tensor(u.dtype, [0, ...u.shape.slice(1)], []));
      },
    ],
    [
      "one example",
      () => {
        for (const [k, u] of batch) {
          const n = u.shape[0] ?? 1;
          if (u.shape.length > 0 && n > 0) batch.set(k, tensor(u.dtype, [1, ...u.shape.slice(1)], u.data.subarray(0, u.data.length / n)));
        }
      },
    ],
    [
      "labels out of range",
      () =>
        batch.set(
          "labels",
          filled(labels, (i) => (i === 0 ? d.pick([-1, 3, 6, 99, 2 ** 31, -101, 2 ** 53]) : labels.data[i]!)),
        ),
    ],
    [
      "labels of another rank",
      () =>
        batch.set(
          "labels",
          sized("int64", d.pick([[], [1, 1], [labels.data.length, 1, 1], [2, 2]]), (i) => i % 2),
        ),
    ],
    ["labels of another shape", () => batch.set("labels", tensor("int64", [1], [0]))],
    [
      "labels on another axis",
      () =>
        batch.set(
          "labels",
          sized("int64", t.shape.slice(1), (i) => i % 3),
        ),
    ],
    [
      "all ignored",
      () =>
        batch.set(
          "labels",
          filled(labels, () => -100),
        ),
    ],
    ["labels as floats", () => batch.set("labels", tensor("float32", labels.shape, labels.data))],
    [
      "a target beside",
      () =>
        batch.set(
          "target",
          sized("float32", d.pick([t.shape, [4, 6], [1]]), (i) => i),
        ),
    ],
    [
      "a target instead",
      () => {
        batch.delete("labels");
        const v = d.pick([0, 1e20, NaN, 1]);
        batch.set(
          "target",
          sized("float32", [4, 6], () => v),
        );
      },
    ],
    ["no labels", () => void batch.delete("labels")],
    ["a stranger", () => batch.set(d.pick(NASTY), t)],
    ["lacks an input", () => void batch.delete(name)],
  ];
  const [kind, apply] = d.pick(kinds);
  apply();
  return `batch: ${kind}`;
}

/** A checkpoint of the network's own initializers, perhaps wrong. */
function checkpoint(d: Dice, m: ModelProto): Tensors {
  const tensors: Tensors = new Map();
  for (const t of m.graph!.initializer) {
    if (t.dataType !== 1 || !t.rawData) continue;
    const data = new Float32Array(t.rawData.slice().buffer);
    const by = d.pick([1, 1, 1, -1, 0, 1e10, 1e-10, NaN]);
    tensors.set(
      t.name,
      tensor(
        "float32",
        t.dims.map(Number),
        data.map((v) => v * by),
      ),
    );
  }
  const name = d.pick([...tensors.keys(), "w"]);
  const t = tensors.get(name) ?? tensor("float32", [1], [1]);
  switch (d.below(14)) {
    case 0:
      tensors.set(d.pick(NASTY), t);
      break;
    case 1:
      tensors.set(name, tensor(t.dtype, [t.data.length], t.data));
      break;
    case 2:
      tensors.set(name, tensor("int64", t.shape, new Float64Array(t.data.length)));
      break;
    case 3:
      tensors.set(name, tensor("float64", t.shape, t.data));
      break;
    case 4:
      tensors.delete(name);
      break;
    case 5:
      tensors.clear();
  }
  return tensors;
}

/** Option, values that are right, values that are not. */
const OPTIONS: readonly (readonly [key: string, chance: number, good: readonly string[], bad: readonly string[]])[] = [
  [
    "--loss",
    0.2,
    ["sum", "sum", "mse", "none", "none", "output:y"],
    ["cross-entropy", "output:z", "output:nothing", "output:", "huber", "output:__proto__"],
  ],
  ["--lr", 0.15, ["0.1", "1e-3", "1e300", "1e-300", "5e-324"], ["0", "-1", "x", "", "Infinity", "NaN"]],
  ["--loss-scale", 0.1, ["1024", "65536", "1e-6", "1e308", "5e-324"], ["0", "-2", "x"]],
  ["--dtype", 0.3, ["float64"], ["float16", ""]],
  ["--dropout", 0.08, ["1", "2"], ["-1", "x", "9007199254740993"]],
  ["--seed", 0.08, ["1", "0", "9007199254740991"], ["-1", "1e3", "x"]],
  ["--bind", 0.05, ["n=4", "n=1"], ["n=0", "n=99999999999", "n", "t=3,n=2", "__proto__=3", "x.0=2", "=3", "n=2,n=3", "n=-1", "n=1e3"]],
  ["--set", 0.05, ["x=1", "h3=0", "tokens=1"], ["train=false", "x=nan", "x", "__proto__=1", "y=1", "x=1e400", "w0=1", "=1"]],
  ["--output", 0.05, ["y", "h3", "h"], ["z", "", "__proto__", "w1", "x", "tokens", "no such"]],
];

function options(d: Dice, seed: Seed): string[] {
  const args = [...seed.args];
  const put = (key: string, v: string): void => {
    const i = args.indexOf(key);
    if (i >= 0) args.splice(i, 2);
    args.push(key, v);
  };
  for (const [key, chance, good] of OPTIONS) if (d.chance(chance)) put(key, d.pick(good));
  if (d.chance(0.12)) {
    const [key, , , bad] = d.pick(OPTIONS);
    put(key, d.pick(bad));
  }
  if (d.chance(0.1)) args.push("--table");
  if (d.chance(0.02)) args.push(d.pick(["--html", "--lossy", "--table=yes", "--", "extra.onnx", "-x"]));
  return args;
}

const bytesOf = (tensors: Tensors): Uint8Array | undefined => {
  try {
    return Buffer.concat(writeSafetensors(tensors));
  } catch {
    return undefined;
  }
};

/** The damaged check-up of this number: always the same one for the same seed. */
export function makeCheckCase(
  seeds: { readonly networks: readonly Seed[]; readonly trunks: readonly Seed[]; readonly ops: readonly Seed[] },
  seed: number,
  number: number,
): CheckCase {
  const d = new Dice(seed, `check/${number}`);
  // A third is the damage that the gradients are tried with.
  if (d.chance(0.25)) {
    const from = { networks: [...seeds.networks, ...seeds.trunks], ops: seeds.ops };
    const c = makeCase(from, seed, number);
    return {
      name: c.name,
      model: c.model,
      ...(d.chance(0.7) ? { batch: c.batch } : {}),
      args: [...c.args, ...(d.chance(0.1) ? ["--lr", "0.1"] : [])],
    };
  }
  const base = d.chance(0.75) ? d.pick(seeds.trunks) : d.pick(d.chance(0.5) ? seeds.networks : seeds.ops);
  const model = clone(ModelProtoSchema, base.model);
  const batch: Tensors = new Map(base.batch);
  const weights = d.chance(0.25) ? checkpoint(d, model) : undefined;
  const kinds: string[] = weights ? ["weights"] : [];
  if (d.chance(0.3)) kinds.push(renamed(d, model, batch, ...(weights ? [weights] : [])));
  const withBatch = d.chance(0.75);
  if (withBatch && d.chance(0.6)) kinds.push(hostile(d, batch));
  if (!withBatch) kinds.push("drawn");
  let [batchBytes, weightBytes] = [withBatch ? bytesOf(batch) : undefined, weights && bytesOf(weights)];
  if (batchBytes && d.chance(0.05)) batchBytes = damagedBytes(d, batchBytes).bytes;
  if (weightBytes && d.chance(0.15)) weightBytes = damagedBytes(d, weightBytes).bytes;
  const other = d.chance(0.12) ? d.pick(d.chance(0.6) ? [base] : seeds.trunks) : undefined;
  return {
    name: `${base.name} — ${kinds.join(" + ") || "options only"}${other ? ` beside ${other.name}` : ""}`,
    model: toBinary(ModelProtoSchema, model),
    ...(other ? { second: toBinary(ModelProtoSchema, other.model) } : {}),
    ...(batchBytes ? { batch: batchBytes } : {}),
    ...(weightBytes ? { weights: weightBytes } : {}),
    args: [...options(d, base), "--runtime", d.chance(0.6) ? "node" : "reference", "--max-memory", "0.5"],
  };
}
