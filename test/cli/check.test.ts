import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readOnnx } from "../../src/onnx/read.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { checkFromJson } from "../../src/study/check-record.js";
import { batchFor, chain } from "../report/nets.js";
import { Workplace } from "../support/command.js";
import type { Ended } from "../support/command.js";
import { f32, ints, model, node, value } from "../support/model.js";

// The built command as a child process. Assumes dist/, as npm test makes it.
// Other processes get more time than a function: on a busy machine they start late.

const place = new Workplace();
afterAll(() => place.remove());

const WIDTH = 16;
beforeAll(() => {
  // Random tanh layers with χ = 1 keep a gradient; bare skips double its square at every block.
  place.write("good.onnx", chain({ layers: 6, width: WIDTH, activation: "Tanh", variance: 1 }));
  place.write("bad.onnx", chain({ layers: 30, width: WIDTH, skip: true }));
  place.write("nan.onnx", chain({ layers: 6, width: WIDTH, planted: NaN }));
  place.batch("b.safetensors", Object.fromEntries(batchFor(12, WIDTH)));
});

const check = (...args: string[]): Promise<Ended> => place.run(["check", ...args]);
const record = (name: string): CheckRecord => checkFromJson(readFileSync(place.path(name), "utf8"));
const gained = (before: readonly string[]): string[] => place.files().filter((f) => !before.includes(f));

describe("isograd check", () => {
  it("ends with 0 on a healthy network, with 1 on one that explodes, and says so", async () => {
    const good = await check("good.onnx", "--batch", "b.safetensors");
    expect([good.code, good.stderr]).toEqual([0, ""]);
    expect(good.stdout).toContain("✓ HEALTHY");
    const bad = await check("bad.onnx", "--batch", "b.safetensors");
    expect([bad.code, bad.stderr]).toEqual([1, ""]);
    expect(bad.stdout).toContain("✗ EXPLODING");
    expect(bad.stdout).toContain("✗ error: exploding");
  });

  it("piped, has no colour, no more than 80 columns, and tells its progress in whole lines beside the answer", async () => {
    const { stdout, stderr, progress } = await check("bad.onnx", "--batch", "b.safetensors", "--table");
    expect(stderr).toBe("");
    for (const line of progress) expect(line).toMatch(/^isograd: [a-z][^\p{C}]* … \d+ s\n$/u);
    expect(stdout).not.toMatch(/[^\P{C}\n]/u);
    expect(Math.max(...stdout.split("\n").map((l) => Array.from(l).length))).toBeLessThanOrEqual(80);
    expect(stdout).toContain("fc29.weight");
  });

  it("piped, has the columns that COLUMNS says, if it says any", async () => {
    const widest = async (columns: string, ...args: string[]): Promise<number> => {
      const { stdout } = await place.run(args, { columns });
      return Math.max(...stdout.split("\n").map((l) => Array.from(l).length));
    };
    for (const [columns, least, most] of [
      ["40", 36, 40],
      ["120", 100, 120],
      ["x", 72, 80],
      ["0", 72, 80],
    ] as const) {
      const found = await widest(columns, "check", "bad.onnx", "--batch", "b.safetensors");
      expect(found, columns).toBeGreaterThanOrEqual(least);
      expect(found, columns).toBeLessThanOrEqual(most);
    }
    for (const args of [["claims", "--list"], ["net"], ["predict", "bad.onnx"], ["--help"]])
      expect(await widest("48", ...args), args.join(" ")).toBeLessThanOrEqual(48);
  });

  it("writes the page and the record, and what the record says is what was printed", async () => {
    const before = place.files();
    const ended = await check("bad.onnx", "--batch", "b.safetensors", "--html", "c.html", "--json", "c.json");
    expect(gained(before)).toEqual(["c.html", "c.json"]);
    const r = record("c.json");
    expect(r).toMatchObject({ schema: "isograd/check/1", verdict: "exploding", model: { name: "bad.onnx" } });
    expect(r.command).toBe("npx isograd check bad.onnx --batch b.safetensors --html c.html --json c.json");
    expect(ended.stdout.replace(/\s+/g, " ")).toContain(r.sentence.replace(/^\w+: /, "").slice(1, 60));
    const html = readFileSync(place.path("c.html"), "utf8");
    expect(html).toContain("<!doctype html>");
    expect(html).toContain(r.command!);
  });

  it("writes the record to standard output and nothing else there", async () => {
    const ended = await check("good.onnx", "--batch", "b.safetensors", "--json", "-");
    expect(ended.code).toBe(0);
    expect(checkFromJson(ended.stdout).verdict).toBe("healthy");
  });

  it("gives the same record twice, but for the time", async () => {
    const both = await Promise.all([1, 2].map(() => check("good.onnx", "--json", "-", "--seed", "5")));
    const [a, b] = both.map((e) => ({ ...checkFromJson(e.stdout), seconds: 0 }));
    expect(a).toEqual(b);
  });

  it("draws inputs where there is no batch, and lists every choice", async () => {
    const { stdout, code } = await check("good.onnx");
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, " ")).toMatch(/chosen .*N\(0, 1\).*loss none: 4 cotangents drawn/);
  });

  it("measures the same with the reference runtime in float64", async () => {
    const args = ["bad.onnx", "--batch", "b.safetensors", "--json", "-"];
    const [native, reference] = (await Promise.all([check(...args), check(...args, "--runtime", "reference", "--dtype", "float64")])).map((e) =>
      checkFromJson(e.stdout),
    ) as [CheckRecord, CheckRecord];
    native.trunk.forEach((row, i) => expect(Math.abs(row.lnGradient! - reference.trunk[i]!.lnGradient!)).toBeLessThan(0.01));
    expect(reference.verdict).toBe(native.verdict);
  });

  it("names the weight that is not a number", async () => {
    const { stdout, code } = await check("nan.onnx", "--batch", "b.safetensors");
    expect(code).toBe(1);
    expect(stdout).toMatch(/error: non-finite-forward {2}fc3\.weight/);
    expect(stdout).toContain("░ not a number");
    expect(stdout).not.toContain("influence each other");
    const { units } = checkFromJson((await check("nan.onnx", "--batch", "b.safetensors", "--json", "-")).stdout);
    expect(units.map((u) => u.op)).toEqual(["Relu", "Relu", "Relu"]);
  });

  it("holds a learning rate against the curvature", async () => {
    const json = ["--batch", "b.safetensors", "--json", "-"];
    const { curvature } = checkFromJson((await check("good.onnx", ...json, "--lr", "1e-6")).stdout);
    expect(curvature!.limit! * curvature!.lambdaMax!).toBeCloseTo(2, 9);
    const large = await check("good.onnx", ...json, "--lr", String(7 * curvature!.limit!));
    expect(large.code).toBe(1);
    expect(checkFromJson(large.stdout).findings.map((f) => f.rule)).toContain("step-too-large");
  });
});

describe("with --weights", () => {
  it("the checkpoint's weights are checked in the exported graph", async () => {
    // The weights of the exploding network's first layers, put into the healthy one.
    const { initializers } = readOnnx(chain({ layers: 6, width: WIDTH, activation: "Tanh", variance: 400 })).graph;
    const tensors = Object.fromEntries([...initializers].map(([k, t]): [string, Tensor] => [k, tensor("float32", t.shape, t.data)]));
    place.batch("step.safetensors", tensors);
    const [plain, loaded] = (
      await Promise.all([
        check("good.onnx", "--batch", "b.safetensors", "--json", "-"),
        check("good.onnx", "--batch", "b.safetensors", "--weights", "step.safetensors", "--json", "-"),
      ])
    ).map((e) => checkFromJson(e.stdout)) as [CheckRecord, CheckRecord];
    const norm = (r: CheckRecord): number => r.parameters.find((p) => p.name === "fc2.weight")!.lnWeight!;
    expect(norm(loaded) - norm(plain)).toBeCloseTo(Math.log(20), 3);
    expect(loaded.spread).not.toEqual(plain.spread);
  });

  it("the record says what was used, missing and ignored", async () => {
    place.batch("part.safetensors", {
      "module.fc2.weight": tensor("float32", [WIDTH, WIDTH], new Array<number>(WIDTH * WIDTH).fill(0.1)),
      "module.fc2.count": tensor("float32", [1], [1]),
    });
    const { code, stdout } = await check("good.onnx", "--batch", "b.safetensors", "--weights", "part.safetensors#module", "--json", "-");
    expect(code).not.toBe(2);
    expect(checkFromJson(stdout).settings[0]).toEqual({
      what: "weights",
      value: expect.stringMatching(/^1 of \d+ initializers from part\.safetensors, module; \d+ missing: fc0\.weight, .*; 1 ignored: fc2\.count$/),
    });
  });

  it.each<readonly [string, string, RegExp]>([
    ["one with another shape", "wrong.safetensors", /fc2\.weight[^\n]*expected \[16, 16\], got \[3, 3\]/],
    ["one of which nothing fits", "labels.safetensors", /names like fc0\.weight[^\n]*got labels/],
    ["one that is not there", "nowhere.pt", /cannot read nowhere\.pt/],
    ["one without such a part", "wrong.safetensors#ema", /no tensors under "ema"/],
    ["a pointer of Git LFS", "pointer.pt", /pointer\.pt: this is a Git LFS pointer: git lfs pull/],
    ["a zip file that is cut off", "cut.pt", /cut\.pt: the zip file is damaged or cut off/],
  ])("refuses %s, in one sentence", async (_, file, says) => {
    place.batch("wrong.safetensors", { "fc2.weight": tensor("float32", [3, 3], new Array<number>(9).fill(1)) });
    place.batch("labels.safetensors", { labels: tensor("float32", [1], [0]) });
    place.write("pointer.pt", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    place.write("cut.pt", "PK\u0003\u0004");
    const ended = await check("good.onnx", "--batch", "b.safetensors", "--weights", file, "--html", "no.html");
    expect([ended.code, ended.stdout, place.has("no.html")]).toEqual([2, "", false]);
    expect(ended.stderr).toMatch(/^isograd: [^\n]*\n$/);
    expect(ended.stderr).toMatch(says);
  });
});

describe("two files", () => {
  it("are compared block by block, in text, page and record", async () => {
    const ended = await check("bad.onnx", "good.onnx", "--batch", "b.safetensors", "--html", "two.html", "--json", "two.json");
    expect([ended.code, ended.stderr]).toEqual([1, ""]);
    expect(ended.stdout).toMatch(/^A\nbad\.onnx[^]*✗ EXPLODING[^]*^B\ngood\.onnx[^]*✓ HEALTHY[^]*only in A[^]*block by block/m);
    const both = JSON.parse(readFileSync(place.path("two.json"), "utf8")) as unknown[];
    expect(both.map((r) => checkFromJson(JSON.stringify(r)).verdict)).toEqual(["exploding", "healthy"]);
    const html = readFileSync(place.path("two.html"), "utf8");
    expect(html).toContain('class="l-gradient"');
    expect(html).toContain('class="l-second"');
  });

  it("are told apart by their paths where they have one name", async () => {
    place.write("good-copy.onnx", readFileSync(place.path("good.onnx")));
    const ended = await check("./good.onnx", "good.onnx", "--batch", "b.safetensors");
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^A\n\.\/good\.onnx\n[^]*^B\ngood\.onnx\n/m);
  });
});

describe("isograd check refuses, with one sentence and exit code 2 and no file:", () => {
  const labels = tensor("int64", [12], new Array<number>(12).fill(0));
  const cases: Record<string, { args: readonly string[]; says: RegExp }> = {
    "no file": { args: [], says: /check takes one network file, or two to compare/ },
    "a second file that is not there": { args: ["good.onnx", "nowhere.onnx"], says: /cannot read nowhere\.onnx/ },
    "a second file that is no network": { args: ["good.onnx", "b.safetensors"], says: /not a complete ONNX file/ },
    "a batch without its input": { args: ["good.onnx", "--batch", "labels.safetensors"], says: /the batch lacks "x"/ },
    "infinity in the batch": {
      args: ["good.onnx", "--batch", "inf.safetensors"],
      says: /"x" holds infinity \(got Infinity at element 7 of \[12, 16\]\)/,
    },
    "an input fixed to infinity": {
      args: ["good.onnx", "--set", "x=Infinity"],
      says: /--set x=Infinity is not valid \(expected INPUT=NUMBER, a finite one\)/,
    },
    "NaN in the batch": { args: ["good.onnx", "--batch", "nan.safetensors"], says: /"x" holds NaN \(got NaN at element 5 of \[12, 16\]\)/ },
    "a learning rate without a loss": { args: ["good.onnx", "--lr", "0.1"], says: /a learning rate needs a loss/ },
    "a loss scale that is none": { args: ["good.onnx", "--loss-scale", "0"], says: /--loss-scale 0 is not valid/ },
    "a misspelt option": { args: ["good.onnx", "--htm", "x"], says: /check has no option --htm\. Did you mean --html\?/ },
    "one file for page and record": { args: ["good.onnx", "--json", "no.html"], says: /already uses this file/ },
    "a full disk": { args: ["good.onnx", "--json", "/dev/full"], says: /cannot write \/dev\/full: the disk is full/ },
    "ops that it does not know": { args: ["strange.onnx"], says: /Strange ×2/ },
  };
  beforeAll(() => {
    place.batch("labels.safetensors", { labels });
    const x = Array.from({ length: 12 * WIDTH }, (_, i) => (i === 5 ? NaN : 0.1));
    place.batch("inf.safetensors", {
      x: tensor(
        "float32",
        [12, WIDTH],
        x.map((_, i) => (i === 7 ? Infinity : 0.1)),
      ),
      labels,
    });
    place.batch("nan.safetensors", { x: tensor("float32", [12, WIDTH], x), labels });
    const nodes = [node("Strange", ["x"], ["a"]), node("MatMul", ["a", "w"], ["b"]), node("Strange", ["b"], ["y"])];
    place.write("strange.onnx", model({ inputs: [value("x", ["n", 3])], outputs: [value("y", ["n", 2])], nodes, initializers: [f32("w", [3, 2])] }));
  });
  for (const [name, { args, says }] of Object.entries(cases)) {
    it(name, async () => {
      const before = [place.files(), readFileSync(place.path("good.onnx"))];
      const ended = await check(...args, "--html", "no.html");
      expect(ended.stderr).toMatch(says);
      expect(ended.stderr).toMatch(/^isograd: [^\n]+\n$/);
      expect([ended.code, ended.signal, ended.stdout]).toEqual([2, null, ""]);
      expect([place.files(), readFileSync(place.path("good.onnx"))]).toEqual(before);
    });
  }
});

describe("interrupted", () => {
  const n = 1200;
  beforeAll(() => {
    const nodes = Array.from({ length: 40 }, (_, i) => node("MatMul", [i === 0 ? "x" : `h${i}`, "w"], [i === 39 ? "y" : `h${i + 1}`]));
    place.write("long.onnx", model({ inputs: [value("x", [n, n])], outputs: ["y"], nodes, initializers: [f32("w", [n, n], [0.01, -0.02, 0.005])] }));
  });
  it.each(["node", "reference"])("in the %s runtime: ends by the signal at once, and leaves nothing", async (runtime) => {
    const before = place.files();
    const started = performance.now();
    const interrupt = (): boolean => performance.now() - started > 2500;
    const ended = await place.run(["check", "long.onnx", "--html", "l.html", "--json", "l.json", "--runtime", runtime], { interrupt });
    // A shell says 130.
    expect([ended.code, ended.signal]).toEqual([null, "SIGINT"]);
    expect(ended.ms).toBeLessThan(await place.atOnce());
    expect([place.files(), ended.stdout, ended.stderr]).toEqual([before, "", ""]);
  });
});

describe("findings that a team accepts", () => {
  const config = (value: unknown, name = "isograd.json"): string => place.write(name, typeof value === "string" ? value : JSON.stringify(value));
  afterEach(() => rmSync(place.path("isograd.json"), { force: true }));
  const bad = ["bad.onnx", "--batch", "b.safetensors"];

  it("do not count for the exit code, are listed as such, and what nothing matches is told", async () => {
    const { findings } = checkFromJson((await check(...bad, "--json", "-")).stdout);
    const open = [...new Set(findings.filter((f) => f.severity !== "info").map((f) => f.rule))];
    expect(open).toContain("exploding");
    const ended = await check(...bad, "--ignore", open.join(","), "--ignore", "border-effect@layer9", "--html", "i.html", "--json", "i.json");
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(ended.stdout).toContain("✗ EXPLODING");
    expect(ended.stdout).toContain("✗ accepted error: exploding");
    expect(ended.stdout.replace(/\s+/g, " ")).toContain("accepted --ignore: exploding");
    expect(ended.stdout).toContain('Nothing matches "border-effect@layer9" of --ignore');
    const r = record("i.json");
    expect(r.findings.filter((f) => f.accepted).map((f) => f.rule)).toEqual(expect.arrayContaining(open));
    expect(r.ignored).toContainEqual({ entry: "border-effect@layer9", by: "--ignore", matched: 0 });
    const page = readFileSync(place.path("i.html"), "utf8");
    expect(page).toContain("<dt>Accepted</dt><dd>--ignore: exploding</dd>");
    expect(page).toContain("border-effect@layer9");
  });

  it("may be said in an isograd.json in the working folder, or beside the model, for that model only", async () => {
    const rules = ["exploding", "unscaled-residual", "units", "vanishing", "mixed", "precision-loss", "scale-mismatch"];
    config({ ignore: rules });
    const here = await check(...bad, "--json", "-");
    expect([here.code, here.stderr]).toEqual([0, ""]);
    expect(checkFromJson(here.stdout).findings.find((f) => f.rule === "exploding")!.accepted).toEqual([{ entry: "exploding", by: "isograd.json" }]);
    rmSync(place.path("isograd.json"));
    mkdirSync(place.path("own"), { recursive: true });
    copyFileSync(place.path("bad.onnx"), place.path("own/sick.onnx"));
    config({ ignore: rules }, "own/isograd.json");
    const beside = await check("own/sick.onnx", "--batch", "b.safetensors");
    expect(beside.code).toBe(0);
    expect(beside.stdout.replace(/\s+/g, " ")).toContain("accepted own/isograd.json: exploding");
    const both = await check("own/sick.onnx", "bad.onnx", "--batch", "b.safetensors");
    expect(both.code).toBe(1);
    expect(both.stdout.replace(/\s+/g, " ")).toContain("(accepted by own/isograd.json: exploding)");
  });

  it.each([
    ["an unknown key", { ignor: [] }, /^isograd: isograd\.json: there is no key "ignor" \(expected ignore\)\. Did you mean "ignore"\?\n$/],
    ["an unknown rule", { ignore: ["hunch"] }, /^isograd: isograd\.json: there is no rule "hunch" \(expected .*exploding, .*\)/],
    ["no list", { ignore: "exploding" }, /"ignore" is no list of strings/],
    ["no object", [], /it holds no JSON object/],
    ["no JSON", "{ ignore", /it is no JSON/],
  ])("are refused with %s, before anything is run", async (_, value, message) => {
    config(value);
    const before = place.files();
    const ended = await check("good.onnx", "--json", "x.json");
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(message);
    expect(gained(before)).toEqual([]);
  });

  it("are refused on the command line where there is no such rule", async () => {
    const ended = await check("good.onnx", "--ignore", "exploding,no-such-rule");
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/^isograd: --ignore: there is no rule "no-such-rule" \(expected .*undecided\)/);
  });
});

describe("--max-memory", () => {
  const [SIDE, CHANNELS, LAYERS] = [64, 8, 6];
  /** A volume through 3×3×3 convolutions: values of 8.4 MB each, and patches of 27 times as much. */
  const volume = (): Uint8Array =>
    model({
      inputs: [value("x", [1, CHANNELS, SIDE, SIDE, SIDE])],
      nodes: Array.from({ length: LAYERS }, (_, i) => [
        node("Conv", [i === 0 ? "x" : `y${i - 1}`, `w${i}`], [`c${i}`], { pads: ints([1, 1, 1, 1, 1, 1]), kernel_shape: ints([3, 3, 3]) }),
        node("Relu", [`c${i}`], [`y${i}`]),
      ]).flat(),
      initializers: Array.from({ length: LAYERS }, (_, i) =>
        f32(
          `w${i}`,
          [CHANNELS, CHANNELS, 3, 3, 3],
          Array.from({ length: CHANNELS ** 2 * 27 }, (_, k) => 0.1 * Math.sin(k + i + 1)),
        ),
      ),
      outputs: [value(`y${LAYERS - 1}`, [1, CHANNELS, SIDE, SIDE, SIDE])],
    });

  it("refuses with the figure what would take more, and what it lets run keeps to it", async () => {
    place.write("volume.onnx", volume());
    const refused = await check("volume.onnx", "--loss", "sum", "--max-memory", "0.3", "--json", "v.json");
    expect([refused.code, place.has("v.json")]).toEqual([2, false]);
    const figure = Number(/would take about ([\d.]+) GiB of memory \(expected at most 0\.300 GiB\)/.exec(refused.stderr)?.[1]);
    const limit = (1.01 * figure).toFixed(3);
    const ended = await place.run(["check", "volume.onnx", "--loss", "sum", "--max-memory", limit, "--json", "v.json"], { watch: true });
    expect([ended.code === 2, ended.stderr]).toEqual([false, ""]);
    expect(ended.peak! / 2 ** 30).toBeLessThan(Number(limit));
    expect(ended.peak! / 2 ** 30).toBeGreaterThan(0.5 * Number(limit));
  });
});
