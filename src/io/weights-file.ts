import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { bytesOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { list } from "../util/format.js";
import { partOf } from "./checkpoint.js";
import type { Checkpoint } from "./checkpoint.js";
import { readBytes } from "./files.js";
import { readSafetensors } from "./safetensors.js";
import { readArchive } from "./torch/archive.js";
import { isLegacy, readLegacy } from "./torch/legacy.js";

/** Options for reading weights. */
export interface WeightsOptions {
  /** The state dict to read: its keys joined by dots, or the beginning of its tensors' names. Absent: it is found by the usual keys. */
  readonly part?: string | undefined;
  /** The most bytes that the file, and its tensors, may take (default: no limit). */
  readonly maxBytes?: number | undefined;
}

/** Splits "FILE#PART" at its last "#". A file that has the whole name is that file. */
export function splitWeightsPath(path: string): { readonly path: string; readonly part: string | undefined } {
  const at = path.lastIndexOf("#");
  if (at <= 0 || existsSync(path)) return { path, part: undefined };
  return { path: path.slice(0, at), part: path.slice(at + 1) };
}

/**
 * Reads the weights in a file: safetensors; several such files by their index (`*.index.json`, or the folder that has it); a state dict or a checkpoint
 * that `torch.save` wrote. Nothing in a file is run. Errors: `file/read`, `safetensors/invalid`, `checkpoint/invalid`, `checkpoint/part`, `memory/limit`.
 */
export function readWeights(path: string, { part, maxBytes = Infinity }: WeightsOptions = {}): Checkpoint {
  const file = fileOf(path);
  try {
    return file.endsWith(".index.json") ? readShards(file, part, maxBytes) : readOne(file, part, maxBytes);
  } catch (error) {
    if (error instanceof RangeError) throw new IsogradError("memory/limit", `the weights in ${file} do not fit into memory`, { cause: error });
    throw error instanceof IsogradError && error.code.startsWith("checkpoint/") ? error.within(basename(file)) : error;
  }
}

/** Returns the file that a folder means: its index of shards, else its only file of weights. Error `file/read`. */
function fileOf(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  const names = readdirSync(path).sort();
  const found = [/\.index\.json$/, /\.safetensors$/, /\.(bin|pth?|ckpt)$/].map((end) => names.filter((n) => end.test(n))).find((some) => some.length > 0);
  if (found?.length === 1) return join(path, found[0]!);
  throw new IsogradError("file/read", `cannot read ${path}: the folder has ${found ? "several files" : "no file"} of weights`, {
    ...(found ? { expected: "one of them", received: list(found) } : {}),
    fix: "give the file, or the index of its shards (*.index.json)",
  });
}

function readOne(path: string, part: string | undefined, maxBytes: number): Checkpoint {
  const name = basename(path);
  const bytes = readBytes(path, maxBytes);
  const starts = (...codes: readonly number[]): boolean => codes.every((c, i) => bytes[i] === c);
  const file = starts(0x50, 0x4b, 3, 4) ? readArchive(bytes, name, maxBytes) : isLegacy(bytes) ? readLegacy(bytes, name) : undefined;
  if (file) {
    const { refs, ...found } = partOf(file.root, part);
    return { name, ...found, tensors: file.read(refs, maxBytes) };
  }
  const foreign = foreignForm(bytes, starts);
  if (foreign) throw new IsogradError("checkpoint/invalid", `this is ${foreign.what}`, { at: [name], fix: foreign.fix });
  return { name, ...chosen(readSafetensors(bytes, name), part), unread: new Map(), others: [] };
}

/** Tells forms that are not read, and what to do. */
function foreignForm(bytes: Uint8Array, starts: (...codes: readonly number[]) => boolean): { readonly what: string; readonly fix: string } | undefined {
  const again = 'in Python: torch.save(torch.load(FILE, map_location="cpu"), "weights.pt")';
  if (new TextDecoder().decode(bytes.subarray(257, 262)) === "ustar") return { what: "a tar file, as PyTorch before 0.1.10 wrote", fix: again };
  if (starts(0x80) && bytes[1]! <= 5 && bytes.length > 9 && bytes[8] !== 0x7b)
    return { what: "a pickle that torch.save did not write", fix: 'in Python, load it and torch.save(state_dict, "weights.pt")' };
  if (starts(0x89, 0x48, 0x44, 0x46)) return { what: "an HDF5 file", fix: "save the weights as safetensors, under the names of the network's initializers" };
  return undefined;
}

/** Returns the tensors under a part of the names. Error `checkpoint/part`. */
function chosen(tensors: ReadonlyMap<string, Tensor>, part: string | undefined): Pick<Checkpoint, "part" | "tensors"> {
  if (part === undefined) return { part: "", tensors };
  const found = new Map([...tensors].flatMap(([n, t]) => (n.startsWith(`${part}.`) ? [[n.slice(part.length + 1), t] as const] : [])));
  if (found.size > 0) return { part, tensors: found };
  throw new IsogradError("checkpoint/part", `the checkpoint has no tensors under "${part}"`, { expected: `the beginning of a name like ${list([...tensors.keys()])}` });
}

/** Reads the shards that an index names. Only files beside it are read. Errors `checkpoint/invalid`, and those of the shards. */
function readShards(path: string, part: string | undefined, maxBytes: number): Checkpoint {
  const name = basename(path);
  const fail = (what: string): never => {
    throw new IsogradError("checkpoint/invalid", `this is no index of shards: ${what}`, { at: [name], fix: "give the *.index.json beside the shards" });
  };
  let index: unknown;
  try {
    index = JSON.parse(new TextDecoder().decode(readBytes(path, Math.min(maxBytes, 2 ** 28))));
  } catch (error) {
    if (error instanceof IsogradError) throw error;
    fail("it is not JSON");
  }
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map)) return fail("it has no weight_map");
  const wanted = new Map<string, Set<string>>();
  for (const [tensor, file] of Object.entries(map as Record<string, unknown>)) {
    if (typeof file !== "string" || file === "" || /[/\\\0]/.test(file) || file === ".." || file === "." || file.endsWith(".index.json"))
      return fail(`"${tensor}" lies in no file beside it`);
    wanted.set(file, (wanted.get(file) ?? new Set()).add(tensor));
  }
  const tensors = new Map<string, Tensor>();
  const unread = new Map<string, string>();
  let room = maxBytes;
  for (const [file, names] of wanted) {
    const shard = readOne(join(dirname(path), file), undefined, room);
    for (const n of names) {
      const t = shard.tensors.get(n);
      const why = shard.unread.get(n);
      if (t) {
        tensors.set(n, t);
        room -= bytesOf(t);
      } else if (why !== undefined) unread.set(n, why);
      else fail(`"${n}" is not in ${file}`);
    }
  }
  return { name, ...chosen(tensors, part), unread, others: [] };
}
