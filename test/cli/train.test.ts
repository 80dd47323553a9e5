import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import { trainFromJson } from "../../src/study/train-record.js";
import { Workplace } from "../support/command.js";

// `npx isograd train` as a user types it, on the digits that come with it.

const place = new Workplace();
afterAll(() => place.remove());

const MLP = ["train", "mlp", "depth=2", "width=32", "--data", "digits"];
const SHORT = ["--epochs", "2", "--profiles", "4"];
/** The bytes of a run's file. */
const bytes = (...path: readonly string[]): Buffer => readFileSync(place.path(join(...path)));

describe("isograd train", () => {
  it("trains, keeps the run, and tells how well it went", async () => {
    const { code, stdout, stderr } = await place.run([...MLP, ...SHORT, "--out", "plain", "--json", "plain.json"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/✓ TRAINED/);
    expect(readdirSync(place.path("plain")).sort()).toEqual([
      "model.onnx",
      "record.json",
      "run.jsonl",
      "step-46.safetensors",
      "step-92.safetensors",
      "weights.safetensors",
    ]);
    expect(bytes("plain", "record.json").equals(bytes("plain.json"))).toBe(true);
    const record = trainFromJson(bytes("plain.json").toString());
    expect(record.steps).toBe(92);
    expect(record.accuracy).toBeGreaterThan(0.8);
    expect(record.options).toMatchObject({ optimizer: "momentum", lr: 0.05, batchSize: 128, steps: 92, seed: 1 });
  });

  it("survives being killed, and goes on to the same bits", async () => {
    const long = [...MLP, "--epochs", "12", "--optimizer", "adam"];
    expect((await place.run([...long, "--out", "whole"])).code).toBe(0);
    let started = false;
    for (const steps of [46, 138, 322]) {
      const killed = await place.run(started ? ["train", "--resume", "killed"] : [...long, "--out", "killed"], {
        signal: "SIGKILL",
        interrupt: () => existsSync(place.path(`killed/step-${steps}.safetensors`)),
      });
      expect(killed.signal).toBe("SIGKILL");
      started = true;
    }
    expect((await place.run(["train", "--resume", "killed"])).code).toBe(0);
    for (const file of ["weights.safetensors", "model.onnx", "run.jsonl"])
      expect(bytes("killed", file).equals(bytes("whole", file)), file).toBe(true);
  });

  it("ends clean on Ctrl-C, and goes on to the same weights", async () => {
    const long = [...MLP, "--epochs", "12", "--optimizer", "adam"];
    const ended = await place.run([...long, "--out", "stopped"], { interrupt: () => existsSync(place.path("stopped/step-92.safetensors")) });
    expect(ended.code).toBe(130);
    expect(ended.stderr).toBe("isograd: interrupted; go on with npx isograd train --resume stopped\n");
    expect(readdirSync(place.path("stopped")).filter((f) => f.startsWith("."))).toEqual([]);
    expect((await place.run(["train", "--resume", "stopped"])).code).toBe(0);
    expect(bytes("stopped", "weights.safetensors").equals(bytes("whole", "weights.safetensors"))).toBe(true);
  });

  it("stops at the step that is not finite, and prints the command that checks it", async () => {
    const { code, stdout } = await place.run([...MLP, ...SHORT, "--lr", "1e6", "--out", "failed"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ STOPPED AT STEP \d/);
    const command = /npx isograd (check .*)/.exec(stdout)![1]!.trim().split(" ");
    expect((await place.run(command)).stdout).toMatch(/non-finite/i);
  });

  it("shows another run beside, in the text and on the page, and refuses a folder without one", async () => {
    const beside = ["--out", "other", "--optimizer", "adam", "--html", "two.html", "--beside"];
    const { code, stdout } = await place.run([...MLP, ...SHORT, ...beside, "plain"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^A other$[^]*^B plain$[^]*A adam, rate 0\.001[^]*B momentum, rate 0\.05/m);
    const page = bytes("two.html").toString();
    expect(page).toContain('id="heat-1-wide-t"');
    // A run that is complete gives its page again, and makes no step.
    const again = await place.run(["train", "--resume", "plain", "--html", "again.html"]);
    expect(again.code).toBe(0);
    expect(bytes("again.html").toString()).toContain('id="heat-0-wide-t"');
    const missing = await place.run([...MLP, ...SHORT, "--out", "third", "--beside", "nowhere"]);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringMatching(/cannot read nowhere.record\.json/)]);
    expect(existsSync(place.path("third"))).toBe(false);
  });

  it("learns examples by heart, or fails", async () => {
    expect((await place.run([...MLP, "--overfit", "10", "--out", "heart"])).code).toBe(0);
    expect((await place.run([...MLP, "--overfit", "10", "--lr", "1e-7", "--steps", "10", "--out", "head"])).code).toBe(1);
  });

  it.each([
    [["train"], /takes a network/],
    [["train", "mlp"], /needs data/],
    [[...MLP, "--out", "plain"], /has a run already/],
    [["train", "--resume", "plain", "--lr", "0.1"], /another lr \(expected 0.05, got 0.1\)/],
    [["train", "mlp", "depth=3", "--resume", "plain"], /another network/],
    [["train", "--resume", "nothing"], /no such file/],
    [["train", "--resume", "plain", "--out", "other"], /leave --out away/i],
    [["train", "mlp", "--data", "digts"], /did you mean digits/i],
    [[...MLP, "--emit-state", "s.safetensors"], /goes with --emit/],
  ])("%j is one sentence and no file", async (args, words) => {
    const before = place.files();
    const { code, stdout, stderr } = await place.run(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(words);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(place.files()).toEqual(before);
  });
});

describe("isograd train --emit", () => {
  const emit = [...MLP, "--steps", "100", "--batch-size", "64", "--optimizer", "adam", "--emit", "step.onnx"];

  it("writes a step whose state is inputs with defaults, and the pairs that a loop carries", async () => {
    expect((await place.run(emit)).code).toBe(0);
    const { graph, trainingInfo } = fromBinary(ModelProtoSchema, bytes("step.onnx"));
    const inputs = graph!.input.map((i) => i.name);
    const outputs = graph!.output.map((o) => o.name);
    expect(inputs.slice(0, 4)).toEqual(["input", "labels", "lr", "step"]);
    const state = inputs.slice(4);
    expect(state).toContain("layer1/linear/weight");
    expect(state).toContain("slot/mean/layer1/linear/weight");
    expect(outputs).toEqual(expect.arrayContaining(["loss", ...state.map((name) => `next/${name}`)]));
    expect(graph!.initializer.map((t) => t.name)).toEqual(expect.arrayContaining(state));
    expect(Object.fromEntries(trainingInfo[0]!.updateBinding.map((b) => [b.key, b.value]))).toEqual(
      Object.fromEntries(state.map((name) => [name, `next/${name}`])),
    );
    expect(graph!.node.every((n) => n.domain === "")).toBe(true);
  });

  it("trains in a program of one's own", async () => {
    expect((await place.run([...emit.slice(0, -1), "js.onnx", "--emit-state", "state.safetensors"])).code).toBe(0);
    const session = await InferenceSession.create(place.path("js.onnx"));
    const state: Record<string, Tensor> = {};
    for (const [name, t] of place.tensors("state.safetensors")) state[name] = new Tensor("float32", Float32Array.from(t.data), t.shape);
    const x = Float32Array.from({ length: 64 * 784 }, (_, i) => Math.sin(i * i));
    const labels = BigInt64Array.from({ length: 64 }, (_, i) => BigInt(i % 10));
    const losses: number[] = [];
    for (let step = 0; step < 30; step++) {
      const out = await session.run({
        ...state,
        input: new Tensor("float32", x, [64, 784]),
        labels: new Tensor("int64", labels, [64]),
        lr: new Tensor("float32", [0.003], []),
        step: new Tensor("int64", [BigInt(step)], []),
      });
      for (const name of Object.keys(state)) state[name] = out[`next/${name}`]!;
      losses.push((out["loss"]!.data as Float32Array)[0]!);
    }
    expect(losses[29]!).toBeLessThan(losses[0]! / 20);
  });
});
