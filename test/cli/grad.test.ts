import { mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import { stream } from "../../src/util/random.js";
import { runOrtBytes } from "../support/ort.js";
import { Workplace } from "../support/command.js";
import type { Ended } from "../support/command.js";
import { DataType as T, f32, float, i64, int, model, node, string, value } from "../support/model.js";

// The built command as a child process. Assumes dist/, as npm test makes it.

const place = new Workplace();
afterAll(() => place.remove());

function normals(shape: readonly number[], name: string): Tensor {
  const r = stream(9, name);
  return tensor(
    "float32",
    shape,
    Float32Array.from({ length: shape.reduce((a, d) => a * d, 1) }, (_, i) => r.normal(i)),
  );
}
const x = normals([4, 3], "x");
const labels = tensor("int64", [4], [0, 1, -100, 1]);
const target = normals([4, 2], "target");
const w = f32("w", [3, 2], [0.3, -0.5, 0.8, 0.1]);
const GEMM = [node("Gemm", ["x", "w", "b"], ["y"])];
const IO = { inputs: [value("x", ["n", 3])], outputs: [value("y", ["n", 2])] };

beforeAll(() => {
  place.write("m.onnx", model({ ...IO, nodes: GEMM, initializers: [w, f32("b", [2])] }));
  place.batch("b.safetensors", { x, labels });
  place.batch("t.safetensors", { x, target });
  place.batch("x.safetensors", { x });
});

const grad = (args: readonly string[], file = "m.onnx", batch = "b.safetensors"): Promise<Ended> =>
  place.run(["grad", file, "--batch", batch, ...args]);

/** The gradient of the mean cross-entropy of x·w + b, by hand. */
function expected(): { loss: number; w: number[]; b: number[] } {
  const W = [0.3, -0.5, 0.8, 0.1, 0.3, -0.5].map(Math.fround);
  const B = [0.5, -0.25];
  const gw = new Array<number>(6).fill(0);
  const gb = [0, 0];
  let loss = 0;
  for (let n = 0; n < 4; n++) {
    const label = labels.data[n]!;
    if (label === -100) continue;
    const z = [0, 1].map((k) => B[k]! + [0, 1, 2].reduce((s, i) => s + x.data[3 * n + i]! * W[2 * i + k]!, 0));
    const total = Math.exp(z[0]!) + Math.exp(z[1]!);
    loss -= (z[label]! - Math.log(total)) / 3;
    for (const k of [0, 1]) {
      const g = (Math.exp(z[k]!) / total - (k === label ? 1 : 0)) / 3;
      gb[k]! += g;
      for (const i of [0, 1, 2]) gw[2 * i + k]! += g * x.data[3 * n + i]!;
    }
  }
  return { loss, w: gw, b: gb };
}

const near = (got: Tensor | undefined, want: readonly number[], tolerance: number): void => {
  expect(got?.data.length).toBe(want.length);
  want.forEach((v, i) => expect(Math.abs(got!.data[i]! - v)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(v))));
};

describe("isograd grad", () => {
  it("leaves out what is frozen, and says so", async () => {
    const ended = await grad(["--out", "frozen.safetensors", "--emit", "frozen.onnx", "--frozen", "w"]);
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(ended.stdout).toMatch(/m\.onnx: 1 parameter, 2 elements; loss .*\nfrozen, as asked for: w\n/);
    expect([...place.tensors("frozen.safetensors").keys()].sort()).toEqual(["b", "loss"]);
    near(place.tensors("frozen.safetensors").get("b"), expected().b, 1e-6);
    expect(readOnnx(readFileSync(place.path("frozen.onnx")), { name: "frozen.onnx" }).graph.outputs).toEqual(["loss", "grad/b"]);
    const all = await grad(["--out", "none.safetensors", "--frozen", "w,b"]);
    expect([all.code, [...place.tensors("none.safetensors").keys()]]).toEqual([0, ["loss"]]);
  });

  it.each(["--frozen", "--trainable"])("refuses a name that %s gives and that is none, as check does", async (option) => {
    const [own, checks] = [await grad(["--out", "no.safetensors", option, "bb"]), await place.run(["check", "m.onnx", option, "bb"])];
    expect(own.stderr).toBe(`isograd: ${option.slice(2)}: there is no parameter "bb". Did you mean "b"?\n`);
    expect([checks.stderr, checks.code, own.code]).toEqual([own.stderr, 2, 2]);
    expect(place.has("no.safetensors")).toBe(false);
  });

  it("writes every parameter's gradient and the loss, and shows a table", async () => {
    const ended = await grad(["--out", "g.safetensors"]);
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(ended.stdout).toMatch(/m\.onnx: 2 parameters, 8 elements; loss/);
    const g = place.tensors("g.safetensors");
    expect([...g].map(([k, t]) => `${k} ${t.dtype} ${t.shape.join()}`).sort()).toEqual(["b float32 2", "loss float32 ", "w float32 3,2"]);
    const want = expected();
    near(g.get("w"), want.w, 1e-6);
    near(g.get("b"), want.b, 1e-6);
    near(g.get("loss"), [want.loss], 1e-6);
    expect(place.files().filter((f) => f.includes("part"))).toEqual([]);
  });

  it("--dtype float64 computes and writes float64, in both runtimes", async () => {
    for (const runtime of ["node", "reference"]) {
      expect((await grad(["--out", "g64.safetensors", "--dtype", "float64", "--runtime", runtime, "--quiet"])).stdout).toBe("");
      const g = place.tensors("g64.safetensors");
      expect(new Set([...g.values()].map((t) => t.dtype))).toEqual(new Set(["float64"]));
      const want = expected();
      near(g.get("w"), want.w, 1e-14);
      near(g.get("loss"), [want.loss], 1e-14);
    }
  });

  it("--emit writes a graph that onnxruntime runs to the same numbers", async () => {
    expect((await grad(["--out", "ge.safetensors", "--emit", "e.onnx"])).code).toBe(0);
    const out = await runOrtBytes(
      readFileSync(place.path("e.onnx")),
      new Map([
        ["x", x],
        ["labels", labels],
      ]),
    );
    const g = place.tensors("ge.safetensors");
    expect([...out.keys()].sort()).toEqual(["grad/b", "grad/w", "loss"]);
    expect(Array.from(out.get("grad/w")!.data)).toEqual(Array.from(g.get("w")!.data));
    expect(Array.from(out.get("loss")!.data)).toEqual(Array.from(g.get("loss")!.data));
  });

  it("--emit alone is enough", async () => {
    expect((await grad(["--emit", "only.onnx"])).code).toBe(0);
    expect(place.has("only.onnx")).toBe(true);
  });

  it("losses: mse with a target, sum, a scalar of the network's own", async () => {
    const mse = await grad(["--out", "mse.safetensors"], "m.onnx", "t.safetensors");
    expect(mse.code).toBe(0);
    const W = [0.3, -0.5, 0.8, 0.1, 0.3, -0.5].map(Math.fround);
    const y = Array.from(
      { length: 8 },
      (_, j) => [0.5, -0.25][j % 2]! + [0, 1, 2].reduce((s, i) => s + x.data[3 * (j >> 1) + i]! * W[2 * i + (j % 2)]!, 0),
    );
    near(place.tensors("mse.safetensors").get("loss"), [y.reduce((s, v, j) => s + (v - target.data[j]!) ** 2, 0) / 8], 1e-6);
    expect((await grad(["--out", "sum.safetensors", "--loss", "sum"], "m.onnx", "x.safetensors")).code).toBe(0);
    near(place.tensors("sum.safetensors").get("b"), [4, 4], 0);
    place.write(
      "own.onnx",
      model({
        ...IO,
        outputs: [value("y", ["n", 2]), value("own", [])],
        nodes: [...GEMM, node("ReduceMean", ["y"], ["own"], { keepdims: int(0) })],
        initializers: [w, f32("b", [2])],
      }),
    );
    expect((await grad(["--out", "own.safetensors", "--loss", "output:own"], "own.onnx", "x.safetensors")).code).toBe(0);
    near(place.tensors("own.safetensors").get("b"), [0.5, 0.5], 1e-7);
  });

  it("a parameter named loss keeps its name, and is said to", async () => {
    place.write("named.onnx", model({ ...IO, nodes: [node("Gemm", ["x", "w", "loss"], ["y"])], initializers: [w, f32("loss", [2])] }));
    const ended = await grad(["--out", "named.safetensors", "--emit", "named-grad.onnx"], "named.onnx");
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/^isograd: warning: .*"loss"/);
    const g = place.tensors("named.safetensors");
    near(g.get("loss"), expected().b, 1e-6);
    near(g.get("loss_1"), [expected().loss], 1e-6);
    expect(Number(/loss (\S+)/.exec(ended.stdout)![1])).toBeCloseTo(expected().loss, 6);
  });

  it("parameters that no gradient reaches get zeros and a warning", async () => {
    const parts = { ...IO, outputs: [value("y", ["n", 2]), value("z", ["n", 2])], initializers: [w, f32("b", [2]), f32("v", [3, 2])] };
    place.write("dead.onnx", model({ ...parts, nodes: [...GEMM, node("MatMul", ["x", "v"], ["z"])] }));
    const ended = await grad(["--out", "dead.safetensors"], "dead.onnx");
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/^isograd: warning: no gradient reaches 1 of 3 parameters \(zeros are written\): v\n$/);
    expect(Array.from(place.tensors("dead.safetensors").get("v")!.data)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("an output that comes from Softmax is taken literally, with a warning", async () => {
    place.write(
      "soft.onnx",
      model({
        ...IO,
        nodes: [node("Gemm", ["x", "w", "b"], ["z"]), node("Softmax", ["z"], ["y"], { axis: int(1) })],
        initializers: [w, f32("b", [2])],
      }),
    );
    const ended = await grad(["--out", "soft.safetensors"], "soft.onnx");
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/warning: .*comes from Softmax/);
  });

  it("dropout is the identity without a seed; a seed is one mask, and another seed another", async () => {
    const drop = [node("Gemm", ["x", "w", "b"], ["h"]), node("Dropout", ["h", "ratio", "training"], ["y"], {}, { name: "drop" })];
    place.write("drop.onnx", model({ ...IO, nodes: drop, initializers: [w, f32("b", [2]), f32("ratio", [], [0.5]), trueTensor()] }));
    const of = async (...args: string[]): Promise<number[]> => {
      expect((await grad(["--out", "drop.safetensors", "--loss", "sum", ...args], "drop.onnx", "x.safetensors")).code).toBe(0);
      return Array.from(place.tensors("drop.safetensors").get("w")!.data);
    };
    const [plain, one, again, two] = [await of(), await of("--dropout", "1"), await of("--dropout", "1"), await of("--dropout", "2")];
    expect(one).toEqual(again);
    expect(one).not.toEqual(two);
    expect(plain).not.toEqual(one);
  });

  it("NaN and infinite results are written and said", async () => {
    place.write(
      "inf.onnx",
      model({
        ...IO,
        nodes: [node("Gemm", ["x", "w", "b"], ["h"], { alpha: float(1e30) }), node("Exp", ["h"], ["y"])],
        initializers: [w, f32("b", [2])],
      }),
    );
    const ended = await grad(["--out", "inf.safetensors", "--loss", "sum"], "inf.onnx", "x.safetensors");
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/^isograd: warning: \d of 3 results holds? NaN or infinity/);
  });

  it("an output that exists is replaced, through a link at its end", async () => {
    place.write("real.safetensors", "old");
    symlinkSync("real.safetensors", place.path("link.safetensors"));
    expect((await grad(["--out", "link.safetensors"])).code).toBe(0);
    expect(place.tensors("real.safetensors").has("loss")).toBe(true);
  });

  it("writes into a device, and leaves it one", async () => {
    expect((await grad(["--out", "/dev/null"])).code).toBe(0);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  it("tells its version and its options", async () => {
    expect((await place.run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await place.run([])).stdout).toContain("grad");
    expect((await place.run(["grad", "--help"])).stdout).toContain("--max-memory");
  });
});

function trueTensor(): ReturnType<typeof i64> {
  const t = i64("training", []);
  return Object.assign(t, { dims: [], dataType: T.BOOL, rawData: Uint8Array.of(1) });
}

describe("isograd grad refuses, with one sentence and exit code 2 and no file:", () => {
  const out = ["--out", "no.safetensors", "--emit", "no.onnx"];
  const made = (name: string, tensors: Readonly<Record<string, Tensor>>) => (): string => (place.batch(name, tensors), name);
  const cases: Record<string, { args?: readonly string[]; file?: string; batch?: string | (() => string); says: RegExp }> = {
    "a file that is not there": { file: "nowhere.onnx", says: /cannot read nowhere\.onnx: there is no such file/ },
    "a folder": { file: ".", says: /it is a folder/ },
    "a device": { file: "/dev/zero", says: /neither a file nor a pipe/ },
    "a file that is no network": { file: "b.safetensors", says: /b\.safetensors: this is not a complete ONNX file/ },
    "a batch that is no batch": { batch: "m.onnx", says: /m\.onnx: this is not a valid safetensors file/ },
    "a batch that is not there": { batch: "nowhere.safetensors", says: /cannot read nowhere\.safetensors/ },
    "a missing input": { batch: made("e1", { labels }), says: /the batch lacks "x"/ },
    "a stranger in the batch": { batch: made("e2", { x, labels, X: x }), says: /the batch has "X".*did you mean "x"\?/i },
    "another rank": { batch: made("e3", { x: normals([12], "x"), labels }), says: /another rank \(expected \[n, 3\], got \[12\]\)/ },
    "another size": { batch: made("e4", { x: normals([4, 5], "x"), labels }), says: /another size in dim 1/ },
    "another element type": {
      batch: made("e5", { x: tensor("int64", [4, 3], new Array(12).fill(1)), labels }),
      says: /another kind of element \(expected float32, got int64\)/,
    },
    "NaN in the batch": {
      batch: made("e6", { x: tensor("float32", [4, 3], [1, NaN, ...new Array<number>(10).fill(0)]), labels }),
      says: /"x" holds NaN \(got NaN at element 1 of \[4, 3\]\)/,
    },
    "a label that is no class": {
      batch: made("e7", { x, labels: tensor("int64", [4], [0, 2, 1, 0]) }),
      says: /label 2 is out of range \(expected 0 to 1, or −100/,
    },
    "a negative label": { batch: made("e8", { x, labels: tensor("int64", [4], [0, -1, 1, 0]) }), says: /label -1 is out of range/ },
    "labels that are all ignored": { batch: made("e9", { x, labels: tensor("int64", [4], [-100, -100, -100, -100]) }), says: /every label is −100/ },
    "labels that are floats": { batch: made("e10", { x, labels: tensor("float32", [4], [0, 1, 0, 1]) }), says: /labels are not integers/ },
    "labels of another shape": { batch: made("e11", { x, labels: tensor("int64", [3], [0, 1, 0]) }), says: /labels do not fit the output/ },
    "a target of another shape": { batch: made("e12", { x, target: normals([4, 3], "t") }), says: /target does not have the shape/ },
    "no labels": { batch: "x.safetensors", says: /neither labels nor target/ },
    "no loss": { args: ["--loss", "none"], says: /a gradient needs a loss/ },
    "cross-entropy without labels": { batch: "x.safetensors", args: ["--loss", "cross-entropy"], says: /the loss needs labels/ },
    "mse without a target": { args: ["--loss", "mse"], says: /the loss needs target/ },
    "an unknown loss": { args: ["--loss", "huber"], says: /--loss huber is not valid/ },
    "a loss of no value": { args: ["--loss", "output:nothing"], says: /no value "nothing"/ },
    "a loss that is no scalar": { args: ["--loss", "output:y"], says: /is not one number/ },
    "an unknown output": { args: ["--output", "yy"], says: /no value "yy".*did you mean "y"\?/i },
    "an unknown option": { args: ["--dtyp", "float64"], says: /grad has no option --dtyp\. Did you mean --dtype\?/ },
    "an option without its value": { args: ["--dtype"], says: /--dtype/ },
    "an unknown dtype": { args: ["--dtype", "float16"], says: /--dtype float16 is not valid \(expected float32 or float64\)/ },
    "a seed that is no number": { args: ["--dropout", "many"], says: /--dropout many is not valid/ },
    "an unknown runtime": { args: ["--runtime", "tpu"], says: /--runtime tpu is not valid/ },
    "a binding that is none": { args: ["--bind", "n=two"], says: /--bind n=two is not valid/ },
    "a binding of no dim": { args: ["--bind", "m=2"], says: /no free dim "m"/ },
    "a binding that clashes": { args: ["--bind", "n=5"], says: /size 4, which is 5 elsewhere/ },
    "a setting of no input": { args: ["--set", "train=1"], says: /no input "train"/ },
    "less memory than it takes": { args: ["--max-memory", "0.0000001"], says: /of memory \(expected at most 1\.00e-7 GiB\)/ },
    "memory that is no number": { args: ["--max-memory", "lots"], says: /--max-memory lots is not valid/ },
    "two networks": { args: ["m.onnx"], says: /grad takes one network file/ },
    "no place to write": { args: ["--out", "nowhere/g.safetensors"], says: /cannot write nowhere\/g\.safetensors: there is no such folder/ },
    "a folder to write": { args: ["--out", "."], says: /it is a folder/ },
    "a full disk": { args: ["--out", "/dev/full"], says: /cannot write \/dev\/full: the disk is full/ },
    "its own input to write": { args: ["--out", "m.onnx"], says: /already uses this file/ },
    "its own batch to write": { args: ["--emit", "./b.safetensors"], says: /already uses this file/ },
    "one file for both": { args: ["--emit", "no.safetensors"], says: /already uses this file/ },
    "a name that is too long": { args: ["--out", "n".repeat(300)], says: /name is too long/ },
    "an empty name": { args: ["--out", ""], says: /cannot write/ },
  };
  for (const [name, { args = [], file = "m.onnx", batch = "b.safetensors", says }] of Object.entries(cases)) {
    it(name, async () => {
      const b = typeof batch === "string" ? batch : batch();
      const before = [place.files(), readFileSync(place.path("m.onnx")), readFileSync(place.path("b.safetensors"))];
      const given = out.filter((_, i) => !args.includes(out[i - (i % 2)]!));
      const ended = await grad([...given, ...args], file, b);
      expect(ended.stderr).toMatch(says);
      expect(ended.stderr).toMatch(/^isograd: [^\n]+\n$/);
      expect([ended.code, ended.signal, ended.stdout]).toEqual([2, null, ""]);
      expect([place.files(), readFileSync(place.path("m.onnx")), readFileSync(place.path("b.safetensors"))]).toEqual(before);
    });
  }

  it("a command that is none, and near ones are named", async () => {
    const ended = await place.run(["grade", "m.onnx"]);
    expect([ended.code, ended.stderr]).toEqual([2, 'isograd: there is no command "grade". Did you mean "grad"?\n']);
  });
  it("no batch, no place for the result", async () => {
    expect((await place.run(["grad", "m.onnx", "--out", "o"])).stderr).toMatch(/needs a batch/);
    expect((await place.run(["grad", "m.onnx", "--batch", "b.safetensors"])).stderr).toMatch(/needs a file for its result/);
  });
  it("a folder that may not be written (unless by the superuser)", async () => {
    mkdirSync(place.path("locked"), { mode: 0o555 });
    const ended = await grad(["--out", "locked/g.safetensors"]);
    if (process.getuid?.() !== 0) expect([ended.code, ended.stderr]).toEqual([2, expect.stringMatching(/permission denied/)]);
  });
  it("values that only the run can refuse: an index beyond its table, a division by zero, with the node's name", async () => {
    place.write(
      "table.onnx",
      model({
        inputs: [value("ids", [2], T.INT64)],
        outputs: ["y"],
        nodes: [node("Gather", ["w", "ids"], ["y"], {}, { name: "embed" })],
        initializers: [w],
      }),
    );
    place.write(
      "div.onnx",
      model({
        inputs: [value("x", [2]), value("d", [2], T.INT64)],
        outputs: ["y"],
        nodes: [node("Div", ["d", "d"], ["q"], {}, { name: "quotient" }), node("Cast", ["q"], ["f"], { to: int(1) }), node("Mul", ["x", "f"], ["y"])],
      }),
    );
    place.batch("ids", { ids: tensor("int64", [2], [0, 3]) });
    place.batch("zero", { x: tensor("float32", [2], [1, 2]), d: tensor("int64", [2], [1, 0]) });
    for (const runtime of ["node", "reference"]) {
      const table = await grad([...out, "--loss", "sum", "--runtime", runtime], "table.onnx", "ids");
      expect([table.code, table.stderr]).toEqual([2, expect.stringMatching(/^isograd: [^\n]*embed[^\n]*(index|indices)[^\n]*\n$/)]);
      const div = await grad([...out, "--loss", "sum", "--runtime", runtime], "div.onnx", "zero");
      expect([div.code, div.stderr]).toEqual([2, expect.stringMatching(/^isograd: quotient: Div: an integer is divided by zero[^\n]*\n$/)]);
    }
    expect(place.has("no.safetensors") || place.has("no.onnx")).toBe(false);
  });
  it("−2⁶³ / −1, which makes processors trap, is no crash", async () => {
    place.batch("trap", { x: tensor("float32", [2], [1, 2]), d: tensor("int64", [2], [-(2 ** 63), 1]) });
    place.write(
      "trap.onnx",
      model({
        inputs: [value("x", [2]), value("d", [2], T.INT64), value("e", [2], T.INT64)],
        outputs: ["y"],
        nodes: [node("Div", ["d", "e"], ["q"]), node("Cast", ["q"], ["f"], { to: int(1) }), node("Mul", ["x", "f"], ["y"])],
      }),
    );
    place.batch("trap", { x: tensor("float32", [2], [1, 2]), d: tensor("int64", [2], [-(2 ** 63), 1]), e: tensor("int64", [2], [-1, -1]) });
    expect((await grad(["--out", "trap.safetensors", "--loss", "sum"], "trap.onnx", "trap")).code).toBe(0);
  });
  it("every unsupported op at once", async () => {
    place.write(
      "strange.onnx",
      model({
        ...IO,
        nodes: [
          node("Strange", ["x"], ["a"]),
          node("QLinearMatMul", ["a"], ["b"]),
          node("StringConcat", ["b"], ["c"], { mode: string("x") }),
          node("Strange", ["c"], ["y"]),
        ],
      }),
    );
    const ended = await grad(out, "strange.onnx");
    expect([ended.code, ended.stderr.match(/Strange ×2|QLinearMatMul ×1|StringConcat ×1/g)?.length]).toEqual([2, 3]);
  });
});

describe("interrupted", () => {
  // 40 products of 1500² matrices: some seconds of work in either runtime.
  const n = 1500;
  beforeAll(() => {
    const nodes = Array.from({ length: 40 }, (_, i) => node("MatMul", [i === 0 ? "x" : `h${i}`, "w"], [i === 39 ? "y" : `h${i + 1}`]));
    place.write("long.onnx", model({ inputs: [value("x", [n, n])], outputs: ["y"], nodes, initializers: [f32("w", [n, n], [0.01, -0.02, 0.005])] }));
    place.batch("long.safetensors", { x: normals([n, n], "x") });
  });
  for (const [runtime, signal] of [
    ["node", "SIGINT"],
    ["reference", "SIGINT"],
    ["node", "SIGTERM"],
  ] as const) {
    it(`by ${signal} in the ${runtime} runtime: ends by the signal at once, and leaves nothing`, async () => {
      const before = place.files();
      const started = performance.now();
      const interrupt = (): boolean => performance.now() - started > 2000;
      const ended = await place.run(
        ["grad", "long.onnx", "--batch", "long.safetensors", "--loss", "sum", "--out", "long-g", "--emit", "long-e", "--runtime", runtime],
        { interrupt, signal },
      );
      expect([ended.code, ended.signal]).toEqual([null, signal]);
      expect(ended.ms).toBeLessThan(await place.atOnce());
      expect(place.files()).toEqual(before);
      expect(ended.stderr + ended.stdout).toBe("");
    });
  }
});

describe("--train-norm", () => {
  it("takes the statistics of the batch, so that a bias before the norm has no gradient", async () => {
    const ones = (name: string) => f32(name, [2], [1]);
    place.write(
      "norm.onnx",
      model({
        ...IO,
        nodes: [node("Gemm", ["x", "w", "b"], ["h"]), node("BatchNormalization", ["h", "scale", "shift", "mean", "variance"], ["y"])],
        initializers: [w, f32("b", [2]), ones("scale"), f32("shift", [2], [0, 1]), ones("mean"), f32("variance", [2], [2])],
      }),
    );
    const size = async (args: readonly string[]): Promise<number> => {
      const ended = await grad(["--out", "norm.safetensors", ...args], "norm.onnx");
      expect([ended.code, ended.stderr]).toEqual([0, ""]);
      return Math.hypot(...place.tensors("norm.safetensors").get("b")!.data);
    };
    expect(await size([])).toBeGreaterThan(0.01);
    expect(await size(["--train-norm"])).toBeLessThan(1e-6);
  });
});
