import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { allOps } from "../../src/ops/registry.js";
import { comparedOps } from "./op-names.js";

const src = fileURLToPath(new URL("../../src", import.meta.url));
const files = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
const OPS: ReadonlySet<string> = new Set(allOps().map((op) => op.name));

/** Where names of ops decide something: what an op is, how a runtime computes it, and patterns of nodes that have a name together. */
const ALLOWED = ["ops/", "runtime/lowering/", "structure/composites/"];

describe("what an op is stands on its record", () => {
  it("compares no value with the name of an op elsewhere", () => {
    const found = files(src)
      .filter((f) => f.endsWith(".ts") && !ALLOWED.some((folder) => relative(src, f).startsWith(folder)))
      .flatMap((f) => comparedOps(readFileSync(f, "utf8"), OPS).map(({ line, name, how }) => `${relative(src, f)}:${line} ${name} (${how})`));
    expect(found).toEqual([]);
  });

  it.each([
    ['if (node.op === "Add") {}', "comparison"],
    ['const other = "Relu" !== node.op;', "comparison"],
    ['if (node.op == "Add") {}', "comparison"],
    ['switch (op) { case "Gemm": break; }', "case"],
    ['const one = ["Add", "x"].includes(op);', "list"],
    ['const one = (["x", "Sub"] as const).indexOf(op);', "list"],
    ['const some = ["Mul"].some((name) => name === op);', "list"],
    ['const S: ReadonlySet<string> = new Set(["Conv"]);', "list"],
    ['const M = new Map([["Conv", 1]]);', "list"],
    ['const M = new Map([["x", 0], ...[["Conv", 1]]]);', "list"],
    ['const LIST: readonly string[] = ["Conv"];', "list"],
    ['const found = names.includes("Conv");', "comparison"],
    ['const found = names.has("Conv");', "comparison"],
    ["const law = { Tanh: 1 };", "key"],
    ['const law = { "Tanh": 1 };', "key"],
    ["const law = { Tanh(x) { return x; } };", "key"],
    ["const law = { Tanh };", "key"],
    ['const law = laws["Tanh"];', "key"],
    ["const match = /^(Mul|x)$/.test(op);", "pattern"],
    ['const convolves = op.startsWith("Conv");', "prefix"],
    ['const pools = op.endsWith("Pool");', "prefix"],
    ['const S = new Set("Add other".split(" "));', "words"],
    ['const S = new Set(("other " + "Add").split(" "));', "words"],
    ['const OPS = "Add Sub Mul";', "words"],
  ])("sees %s", (source, how) => {
    expect(comparedOps(source, OPS).map((n) => n.how)).toEqual(comparedOps(source, OPS).map(() => how));
    expect(comparedOps(source, OPS).length).toBeGreaterThan(0);
  });

  it.each([
    'const y = b.op("Add", [x, c]);',
    'const node = { op: "Identity", domain: "", inputs: [from] };',
    'const layers = { relu: one("Relu"), tanh: { op: "Tanh" } };',
    'return this.#elementwise("Add", [a, b]);',
    'const y = b.op(phi === "elu" ? "Elu" : "LeakyRelu", [x]);',
    'const text = "Where gradients vanish, Split by splitting";',
    'import { Add } from "./add.js";',
    'const words = "how gradients behave".split(" ");',
    'if (dtype.startsWith("int")) {}',
    'type Kind = "Add" | "Sub";',
  ])("lets pass %s", (source) => expect(comparedOps(source, OPS)).toEqual([]));
});
