import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { buildNet } from "../../src/nn/build.js";
import { readOnnx } from "../../src/onnx/read.js";
import { Workplace } from "../support/command.js";

// The built command as a child process. Assumes dist/, as npm test makes it.

const place = new Workplace();
afterAll(() => place.remove());
const wanted = buildNet({ arch: "residual-mlp", depth: 2, width: 4, norm: "batch", seed: 3 }).graph;
const written = (name: string): unknown => readOnnx(readFileSync(place.path(name))).graph;

describe("isograd net", () => {
  it("writes the same network from a name and fields, JSON text and a JSON file", async () => {
    const words = await place.run(["net", "residual-mlp", "depth=2", "width=4", "norm=batch", "--seed", "3", "--out", "words.onnx"]);
    expect([words.code, words.stderr]).toEqual([0, ""]);
    expect(words.stdout).toBe("words.onnx: residual-mlp, 114 parameters, 11 nodes, opset 20\n");
    const text = await place.run(["net", '{"arch":"residual-mlp","depth":2,"width":4,"seed":3}', "norm=batch", "--out", "text.onnx"]);
    expect(text.code).toBe(0);
    place.write("spec.json", '{ "arch": "residual-mlp", "depth": 2, "width": 4, "norm": "batch", "seed": 3 }');
    const file = await place.run(["net", "spec.json", "--out", "file.onnx"]);
    expect(file.code).toBe(0);
    for (const name of ["words.onnx", "text.onnx", "file.onnx"]) expect(written(name)).toEqual(wanted);
  });

  it("lists architectures, all or one", async () => {
    const all = await place.run(["net", "--list"]);
    expect(all.code).toBe(0);
    expect(all.stdout).toMatch(/^mlp\n/);
    expect(all.stdout).toMatch(/\ntransformer\n/);
    const one = await place.run(["net", "highway", "--list"]);
    expect(one.stdout).toMatch(/^highway\n/);
    expect(one.stdout).not.toMatch(/\ntransformer\n/);
  });

  it("refuses in one sentence and leaves no file", async () => {
    place.write("list.json", "[1]");
    for (const [args, message] of [
      [["--out", "bad.onnx"], /net takes a spec/],
      [["mlp"], /give --out F\.onnx/i],
      [["mpl", "--out", "bad.onnx"], /Did you mean "mlp"\?/],
      [["mlp", "depht=3", "--out", "bad.onnx"], /no field "depht".*Did you mean "depth"\?/],
      [["mlp", "width=1000000", "--out", "bad.onnx"], /weights take .* of memory/],
      [["list.json", "--out", "bad.onnx"], /holds no JSON object/],
      [["missing.json", "--out", "bad.onnx"], /there is no such file/],
      [["spec.json", "--out", "spec.json"], /already uses this file/],
    ] as const) {
      const ended = await place.run(["net", ...args]);
      expect([ended.code, ended.stdout]).toEqual([2, ""]);
      expect(ended.stderr).toMatch(message);
      expect(ended.stderr.trimEnd().split("\n").length).toBe(1);
    }
    expect(place.files()).not.toContain("bad.onnx");
  });
});
