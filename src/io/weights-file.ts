import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { bytesOf } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { list } from "../util/format.js";
import { emptyCheckpoint } from "./checkpoint.js";
import type { Checkpoint } from "./checkpoint.js";
import { namesIn, readBytes } from "./files.js";
import { partOfNames, weightsIn } from "./weights.js";

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
  const names = namesIn(path);
  if (!names) return path;
  const found = [/\.safetensors\.index\.json$/, /\.index\.json$/, /\.safetensors$/, /\.(bin|pth?|ckpt)$/]
    .map((end) => names.filter((n) => end.test(n)))
    .find((some) => some.length > 0);
  if (found?.length === 1) return join(path, found[0]!);
  throw new IsogradError("file/read", `cannot read ${path}: the folder has ${found ? "several files" : "no file"} of weights`, {
    ...(found ? { expected: "one of them", received: list(found) } : {}),
    fix: "give the file, or the index of its shards (*.index.json)",
  });
}

const readOne = (path: string, part: string | undefined, maxBytes: number): Checkpoint =>
  weightsIn(readBytes(path, maxBytes), basename(path), part, maxBytes);

/** Reads the shards that an index names. Only files beside it are read. Errors `checkpoint/invalid`, and those of the shards. */
function readShards(path: string, part: string | undefined, maxBytes: number): Checkpoint {
  const name = basename(path);
  const fail = (what: string): never => {
    throw new IsogradError("checkpoint/invalid", `this is no index of shards: ${what}`, {
      at: [name],
      fix: "give the *.index.json beside the shards",
    });
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
  if (wanted.size === 0) throw emptyCheckpoint();
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
  return { name, ...partOfNames(tensors, part), unread, others: [] };
}
