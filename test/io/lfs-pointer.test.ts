import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readModel, readTensors } from "../../src/io/files.js";
import { readWeights } from "../../src/io/weights-file.js";
import { IsogradError } from "../../src/util/errors.js";
import { external, model } from "../support/model.js";

// What `git clone` leaves where Git LFS is not installed: a text of three lines in the place of each large file.

const POINTER =
  "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

const folder = mkdtempSync(join(tmpdir(), "isograd-pointer-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, content: string | Uint8Array = POINTER): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

it.each<readonly [string, string, () => unknown]>([
  ["a network", "m.onnx", () => readModel(put("m.onnx"))],
  ["a batch", "b.safetensors", () => readTensors(put("b.safetensors"))],
  ["weights", "w.safetensors", () => readWeights(put("w.safetensors"))],
  ["a checkpoint", "w.pt", () => readWeights(put("w.pt"))],
  ["an index of shards", "w.index.json", () => readWeights(put("w.index.json"))],
  [
    "a shard",
    "s.safetensors",
    () => {
      put("s.safetensors");
      return readWeights(put("s.index.json", JSON.stringify({ weight_map: { w: "s.safetensors" } })));
    },
  ],
  [
    "external data",
    "e.bin",
    () => {
      put("e.bin");
      return readModel(put("e.onnx", model({ outputs: ["w"], initializers: [external("w", [2], { location: "e.bin" })] })));
    },
  ],
])("%s that is a pointer of Git LFS is refused by what to do", (_, name, read) => {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(IsogradError);
    expect(error).toMatchObject({ code: "file/read" });
    expect((error as IsogradError).message).toMatch(new RegExp(`${name.replace(".", "\\.")}: this is a Git LFS pointer: git lfs pull\\.$`));
    return;
  }
  expect.unreachable();
});
