import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync, zipSync } from "fflate";
import { afterAll, describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readTensors } from "../../src/io/files.js";
import { partOf } from "../../src/io/checkpoint.js";
import { writeSafetensors } from "../../src/io/safetensors.js";
import { readWeights, splitWeightsPath } from "../../src/io/weights-file.js";
import type { WeightsOptions } from "../../src/io/weights-file.js";
import { IsogradError } from "../../src/util/errors.js";

// The files were written by PyTorch 1.13 and 2.14: tools/fixtures/make_checkpoints.py. truth.safetensors has the same values, written by numpy.

const fixtures = fileURLToPath(new URL("../fixtures/checkpoints/", import.meta.url));
const truth = readTensors(join(fixtures, "truth.safetensors"));
const under = (prefix: string): Map<string, Tensor> =>
  new Map([...truth].flatMap(([k, t]) => (k.startsWith(prefix) ? [[k.slice(prefix.length), t]] : [])));
const forms = new Map([...truth].filter(([k]) => !k.includes(".")));
const net = under("net.");
const withPrefix = (prefix: string, tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> =>
  new Map([...tensors].map(([k, t]) => [prefix + k, t]));
const doubled = new Map(
  [...net].map(([k, t]) => [
    k,
    t.dtype === "float32"
      ? tensor(
          t.dtype,
          t.shape,
          Array.from(t.data, (v) => 2 * v),
        )
      : t,
  ]),
);

const folder = mkdtempSync(join(tmpdir(), "isograd-weights-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};
const sorted = (tensors: ReadonlyMap<string, Tensor>): [string, Tensor][] => [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));

const refusal = (path: string, options?: WeightsOptions): IsogradError => {
  try {
    readWeights(path, options);
  } catch (error) {
    expect(error).toBeInstanceOf(IsogradError);
    return error as IsogradError;
  }
  throw new Error(`${basename(path)} was accepted`);
};

describe("a checkpoint of PyTorch", () => {
  it.each<readonly [string, string | undefined, string, ReadonlyMap<string, Tensor>]>([
    ["state_dict.pt", undefined, "", net],
    ["state_dict_legacy.pt", undefined, "", net],
    ["deflated.pt", undefined, "", net],
    ["zip64.pt", undefined, "", net],
    ["forms.pt", undefined, "", forms],
    ["forms_legacy.pt", undefined, "", forms],
    ["big_endian.pt", undefined, "", forms],
    ["module.pt", undefined, "", net],
    ["module_legacy.pt", undefined, "module", new Map([...net].map(([k, t]) => [k.replace(".", "_"), t]))],
    ["lightning.ckpt", undefined, "state_dict", withPrefix("model.", net).set("criterion.weight", tensor("float32", [3], [1, 1, 1]))],
    ["lightning.ckpt", "state_dict.model", "state_dict.model", net],
    ["averaged.pth", undefined, "model", withPrefix("module.", net)],
    ["averaged.pth", "model_ema", "model_ema", withPrefix("module.", doubled)],
    ["averaged.pth", "model_ema.module", "model_ema.module", doubled],
    ["student_teacher.pth", undefined, "", new Map([...withPrefix("student.backbone.", net), ...withPrefix("teacher.backbone.", doubled)])],
    ["student_teacher.pth", "teacher", "teacher", withPrefix("backbone.", doubled)],
  ])("%s, part %s, is read exactly", (file, part, found, tensors) => {
    const checkpoint = readWeights(join(fixtures, file), { part });
    expect([checkpoint.name, checkpoint.part]).toEqual([file, found]);
    expect(sorted(checkpoint.tensors)).toEqual(sorted(tensors));
  });

  it("really comes in these forms", () => {
    const text = (file: string): string => readFileSync(join(fixtures, file), "latin1");
    expect(text("zip64.pt")).toContain("PK\x06\x06");
    expect(text("zip64.pt")).toContain("\xff\xff\xff\xff\xff\xff\xff\xff");
    expect(Object.keys(unzipSync(readFileSync(join(fixtures, "big_endian.pt"))))).toContain("archive/byteorder");
    expect(readdirSync(fixtures).filter((f) => text(f).includes("/home") || text(f).includes("/usr"))).toEqual([]);
  });

  it("of PyTorch 2.14 has element types that isograd computes with, and one that it has not", () => {
    const { tensors, unread } = readWeights(join(fixtures, "modern.pt"));
    expect(tensors).toEqual(
      new Map([
        ["plain", tensor("float32", [3, 2], [0, 3, 1, 4, 2, 5])],
        ["uint16", tensor("uint16", [2], [0, 65535])],
        ["uint32", tensor("uint32", [1], [2 ** 32 - 1])],
        ["buffer", tensor("float32", [2], [1, 1])],
        ["parameter", tensor("float32", [2], [3, 3])],
      ]),
    );
    expect(unread).toEqual(new Map([["float8", "its elements are torch.float8_e4m3fn"]]));
  });

  it("names its other parts, but no optimiser", () => {
    expect(readWeights(join(fixtures, "averaged.pth")).others).toEqual(["model_ema"]);
    expect(readWeights(join(fixtures, "lightning.ckpt")).others).toEqual([]);
    expect(refusal(join(fixtures, "averaged.pth"), { part: "nope" })).toMatchObject({ code: "checkpoint/part", at: ["averaged.pth"] });
    expect(refusal(join(fixtures, "averaged.pth"), { part: "nope" }).message).toContain("model, model_ema, optimizer");
  });

  it("says which tensors it cannot read", () => {
    const { tensors, unread } = readWeights(join(fixtures, "unread.pt"));
    expect([[...tensors.keys()], [...unread]]).toEqual([
      ["bias"],
      [
        ["weight", "it is quantised"],
        ["sparse", "it is sparse"],
      ],
    ]);
  });

  it("without tensors is refused by its class, a program by what to do", () => {
    expect(refusal(join(fixtures, "no_tensors.pt")).message).toMatch(/no_tensors\.pt: .*__main__\.Unknown without tensors/);
    expect(refusal(join(fixtures, "script.pt")).message).toMatch(/TorchScript program.*torch\.jit\.load/);
  });
});

describe("an empty checkpoint", () => {
  const plain = (pickled: string): Uint8Array => {
    const entries = unzipSync(readFileSync(join(fixtures, "state_dict.pt")));
    const name = Object.keys(entries).find((n) => n.endsWith("data.pkl"))!;
    return zipSync({ ...entries, [name]: Uint8Array.from(`\x80\x02${pickled}.`, (c) => c.charCodeAt(0)) });
  };
  it.each<readonly [string, Uint8Array | string, string]>([
    ["empty.pt", plain("}"), ""],
    ["list.pt", plain("]"), ""],
    ["epoch.pt", plain("}U\x05epochK\x03s"), " (got epoch without tensors)"],
    ["state.pt", plain("}U\x0astate_dict}s"), " (got state_dict without tensors)"],
    ["none.pt", plain("}U\x0astate_dictNs"), " (got state_dict without tensors)"],
    ["empty.safetensors", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d), ""],
    ["empty.index.json", '{"weight_map":{}}', ""],
  ])("%s is called empty, with what it has", (name, bytes, got) => {
    const error = refusal(put(name, bytes));
    expect(error.code).toBe("checkpoint/invalid");
    expect(error.message).toBe(
      `${name}: the checkpoint is empty: it holds no tensor of a network${got}. Save the state dict: torch.save(model.state_dict(), …).`,
    );
  });
  it("is one whose state dict is empty, whatever its optimiser has", () => {
    const optimizer = new Map([["exp_avg", { unread: "it is sparse" }]]);
    const root = new Map([
      ["state_dict", new Map<string, unknown>()],
      ["optimizer", optimizer],
    ]);
    expect(() => partOf(root, undefined)).toThrow(/is empty.*got state_dict without tensors/);
    // What is asked for by name is read.
    expect([...partOf(root, "optimizer").unread.keys()]).toEqual(["exp_avg"]);
  });
  it("is a file without bytes", () =>
    expect(refusal(put("no.pt", "")).message).toBe("no.pt: the file is empty: it has no bytes. Copy or save it again."));
});

describe("hostile checkpoints", () => {
  const bytes = readFileSync(join(fixtures, "state_dict.pt"));
  const legacy = readFileSync(join(fixtures, "state_dict_legacy.pt"));
  const entries = unzipSync(bytes);
  const folderOf = Object.keys(entries)
    .find((n) => n.endsWith("data.pkl"))!
    .replace("data.pkl", "");
  /** The archive with one entry in place of another. */
  const archive = (changes: Readonly<Record<string, Uint8Array | undefined>>): Uint8Array => {
    const changed = Object.entries({ ...entries, ...Object.fromEntries(Object.entries(changes).map(([k, v]) => [folderOf + k, v])) });
    return zipSync(Object.fromEntries(changed.filter((e): e is [string, Uint8Array] => e[1] !== undefined)), { level: 0 });
  };
  const pickle = (...parts: readonly string[]): Uint8Array => Uint8Array.from(parts.join(""), (c) => c.charCodeAt(0));

  it("cut off anywhere give one error", () => {
    for (const whole of [bytes, legacy])
      for (let length = whole.length - 1; length > 14; length -= 31) {
        const path = put("cut.pt", whole.subarray(0, length));
        expect(refusal(path).message, String(length)).toMatch(/^cut\.pt: [^\n]+$/);
      }
  });

  it("with any byte changed are read or refused", () => {
    for (const whole of [bytes, legacy])
      for (let at = 0; at < whole.length; at += 11) {
        const changed = Uint8Array.from(whole);
        changed[at]! ^= 0xff;
        try {
          readWeights(put("changed.pt", changed));
        } catch (error) {
          expect(error, `byte ${at}`).toBeInstanceOf(IsogradError);
        }
      }
  });

  it("without the data of a storage, or with less, name the tensor", () => {
    expect(refusal(put("a.pt", archive({ "data/0": undefined }))).message).toMatch(/a\.pt: the data of "conv\.weight" is missing/);
    expect(refusal(put("a.pt", archive({ "data/0": new Uint8Array(8) }))).message).toMatch(/the data of "conv\.weight" ends at byte 8/);
  });

  it("that unpack to more than the limit are refused before they are unpacked", () => {
    const bomb = zipSync({ ...entries, [`${folderOf}data/0`]: new Uint8Array(2 ** 26) }, { level: 9 });
    expect(bomb.length).toBeLessThan(2 ** 18);
    expect(refusal(put("bomb.pt", bomb), { maxBytes: 2 ** 20 })).toMatchObject({ code: "memory/limit" });
    // A tensor that repeats one element a billion times.
    const stretched = pickle(
      "}U\x01actorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x01tQK\x00J\x00\x00\x00\x10\x85K\x00\x85\x89NtRs.",
    );
    expect(refusal(put("long.pt", archive({ "data.pkl": stretched })), { maxBytes: 2 ** 20 })).toMatchObject({ code: "memory/limit" });
  });

  it("that lie in themselves, or in each other without end, are refused", () => {
    expect(refusal(put("round.pt", archive({ "data.pkl": pickle("}q\x00U\x01ah\x00s.") }))).message).toMatch(
      /the checkpoint is empty.*a without tensors/,
    );
    // 2^40 dicts by 40 pairs of references.
    const doubling = Array.from({ length: 40 }, () => "q\x00\x30}(U\x01ah\x00U\x01bh\x00u").join("");
    expect(refusal(put("laughs.pt", archive({ "data.pkl": pickle("}", doubling, ".") }))).message).toMatch(/too many entries/);
  });

  it("whose directory claims more entries than fit are refused at once", () => {
    const claiming = Uint8Array.from(zipSync(entries, { level: 0 }));
    for (const field of [14, 12]) new DataView(claiming.buffer).setUint16(claiming.length - field, 0xffff, true);
    expect(refusal(put("many.pt", claiming)).message).toMatch(/damaged or cut off/);
  });

  it("of other kinds are refused with what to do", () => {
    expect(refusal(put("a.pt", zipSync({ "a.txt": new Uint8Array(3) }))).message).toMatch(/no data\.pkl/);
    expect(refusal(put("a.npz", zipSync({ "a.npy": new Uint8Array(3) }))).message).toMatch(/torch\.save or safetensors/);
    expect(refusal(put("a.pkl", pickle("\x80\x02}q\x00U\x01aK\x01s.")))).toMatchObject({ code: "checkpoint/invalid" });
    expect(refusal(put("a.h5", pickle("\x89HDF\r\n\x1a\n00000000"))).message).toMatch(/HDF5/);
    const tar = new Uint8Array(1024);
    tar.set(new TextEncoder().encode("ustar"), 257);
    expect(refusal(put("a.pt", tar)).message).toMatch(/before 0\.1\.10.*torch\.save\(torch\.load/);
    for (const path of ["nowhere.pt", "no\0name.pt", "x".repeat(5000), ""]) expect(refusal(path), path).toMatchObject({ code: "file/read" });
  });
});

describe("shards", () => {
  const place = join(folder, "sharded");
  mkdirSync(place);
  const shard = (name: string, names: readonly string[]): void =>
    writeFileSync(join(place, name), Buffer.concat(writeSafetensors(new Map(names.map((n) => [n, net.get(n)!])))));
  const names = [...net.keys()];
  shard("a-1.safetensors", names.slice(0, 4));
  shard("a-2.safetensors", names.slice(4));
  const map = Object.fromEntries(names.map((n, i) => [n, `a-${i < 4 ? 1 : 2}.safetensors`]));
  const index = (weight_map: unknown): string => {
    const path = join(place, "a.safetensors.index.json");
    writeFileSync(path, JSON.stringify({ metadata: {}, weight_map }));
    return path;
  };

  it("are read by their index, or by the folder that has it", () => {
    const path = index(map);
    expect(sorted(readWeights(path).tensors)).toEqual(sorted(net));
    expect(sorted(readWeights(place).tensors)).toEqual(sorted(net));
    expect(sorted(readWeights(path, { part: "bn" }).tensors)).toEqual(sorted(under("net.bn.")));
  });

  it("of PyTorch are read as well", () => {
    copyFileSync(join(fixtures, "state_dict.pt"), join(place, "b.bin"));
    expect(sorted(readWeights(index(Object.fromEntries(names.map((n) => [n, "b.bin"])))).tensors)).toEqual(sorted(net));
  });

  it("are refused outside of the folder, missing, or without a tensor of theirs", () => {
    for (const file of ["../a.safetensors", "/etc/passwd", "a/b", "..", "", 3])
      expect(refusal(index({ w: file }))).toMatchObject({ code: "checkpoint/invalid" });
    expect(refusal(index({ w: "a-3.safetensors" })).message).toMatch(/a-3\.safetensors: there is no such file/);
    expect(refusal(index({ w: "a-1.safetensors" })).message).toMatch(/"w" is not in a-1\.safetensors/);
    expect(refusal(index([]))).toMatchObject({ code: "checkpoint/invalid" });
    expect(refusal(index(map), { maxBytes: 200 })).toMatchObject({ code: "memory/limit" });
  });

  it("in a folder of several files are refused by their names", () => {
    const many = join(folder, "many");
    mkdirSync(many);
    expect(refusal(many).message).toMatch(/no file of weights/);
    for (const f of ["a.pt", "b.pth"]) writeFileSync(join(many, f), "");
    expect(refusal(many).message).toMatch(/several files.*a\.pt, b\.pth/);
    copyFileSync(join(place, "a-1.safetensors"), join(many, "c.safetensors"));
    expect(readWeights(many).name).toBe("c.safetensors");
  });
});

describe("FILE#PART", () => {
  it("is split at the last #, unless a file has that name", () => {
    expect(splitWeightsPath("a#b.pt#c")).toEqual({ path: "a#b.pt", part: "c" });
    expect(splitWeightsPath("a.pt")).toEqual({ path: "a.pt", part: undefined });
    const whole = put("x#y.pt", "");
    expect(splitWeightsPath(whole)).toEqual({ path: whole, part: undefined });
  });

  it("chooses among the names of a safetensors file", () => {
    const path = put("parts.safetensors", Buffer.concat(writeSafetensors(new Map([...withPrefix("ema.", doubled), ...net]))));
    expect(sorted(readWeights(path, { part: "ema" }).tensors)).toEqual(sorted(doubled));
    expect(refusal(path, { part: "swa" })).toMatchObject({ code: "checkpoint/part" });
  });
});
