import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { dirname, basename, isAbsolute, join, resolve, sep } from "node:path";
import type { Model } from "../graph/graph.js";
import { POINTER_BYTES, refusePointer } from "./lfs-pointer.js";
import { readSafetensors } from "./safetensors.js";
import { readOnnx } from "../onnx/read.js";
import type { ExternalData } from "../onnx/tensor-proto.js";
import type { Tensor } from "../graph/tensor.js";
import { IsogradError, refuseBytes } from "../util/errors.js";

/** What the error codes of the operating system mean. */
const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be too large",
  EROFS: "the disk is read-only",
  ENOTDIR: "a part of its path is not a folder",
  ELOOP: "its links go round in a circle",
  ENAMETOOLONG: "its name is too long",
  EMFILE: "too many files are open",
  EIO: "the disk reports an error",
  ERR_INVALID_ARG_VALUE: "its name is not a valid path",
};

/** Says what an error of the operating system means. */
export const reasonOf = (error: unknown): string => {
  const code = (error as { code?: string }).code ?? "";
  return Object.hasOwn(REASONS, code) ? REASONS[code]! : code || (error instanceof Error ? error.message : String(error));
};

/** The most bytes of one read or write call. */
const CHUNK = 2 ** 26;

/** Reads a file of at most `maxBytes`, or a pipe to its end. Errors: `file/read`, also for a Git LFS pointer; `memory/limit`. */
export function readBytes(path: string, maxBytes: number = Infinity): Uint8Array<ArrayBuffer> {
  const fail = (reason: string, cause?: unknown): never => {
    throw new IsogradError("file/read", `cannot read ${path}: ${reason}`, { cause });
  };
  let fd: number;
  try {
    const kind = statSync(path);
    if (kind.isDirectory()) return fail(REASONS["EISDIR"]!);
    if (!kind.isFile() && !kind.isFIFO()) return fail("it is neither a file nor a pipe");
    fd = openSync(path, "r");
  } catch (error) {
    if (error instanceof IsogradError) throw error;
    return fail(reasonOf(error), error);
  }
  try {
    const { size } = fstatSync(fd);
    if (!fstatSync(fd).isFile()) return readPipe(fd);
    if (size > maxBytes) refuseBytes(`the file ${path} takes`, size, maxBytes);
    return refusePointer(path, readRange(fd, 0, size));
  } catch (error) {
    if (error instanceof IsogradError) throw error;
    return fail(error instanceof RangeError ? "it does not fit into memory" : reasonOf(error), error);
  } finally {
    closeSync(fd);
  }
}

/** Reads bytes `from` to `from + length` of an open file; returns fewer where it ends early. */
function readRange(fd: number, from: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const n = readSync(fd, bytes, at, Math.min(length - at, CHUNK), from + at);
    if (n === 0) return bytes.subarray(0, at);
    at += n;
  }
  return bytes;
}

/** Reads a pipe to its end. */
function readPipe(fd: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(2 ** 16);
  for (let n = readSync(fd, buffer); n > 0; n = readSync(fd, buffer)) parts.push(buffer.slice(0, n));
  const bytes = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const p of parts) {
    bytes.set(p, at);
    at += p.length;
  }
  return bytes;
}

/** Returns the names in a folder, sorted; undefined where the path is no folder. Error `file/read`. */
export function namesIn(path: string): readonly string[] | undefined {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    // What else is wrong with the path is said when it is read as a file.
    if ((error as { code?: string }).code !== "EACCES") return undefined;
    throw new IsogradError("file/read", `cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Reads the network in an ONNX file. External data is read from the folder of the file; all tensors together may take `maxBytes`. */
export function readModel(path: string, maxBytes: number = Infinity): Model {
  const bytes = readBytes(path, maxBytes);
  if (bytes.length >= 2 ** 31)
    throw new IsogradError("onnx/not-onnx", "ONNX files are smaller than 2 GiB", { at: [basename(path)], fix: "keep the weights as external data" });
  return readOnnx(bytes, { name: basename(path), external: externalFrom(dirname(path)), maxBytes });
}

/** Reads the tensors in a safetensors file of at most `maxBytes`. */
export function readTensors(path: string, maxBytes: number = Infinity): Map<string, Tensor> {
  return readSafetensors(readBytes(path, maxBytes), basename(path));
}

/** Returns a reader of external data files. It accepts only relative paths that stay inside `folder`, links resolved. Errors `onnx/external-data`; `file/read` for a Git LFS pointer. */
function externalFrom(folder: string): ExternalData {
  return (path, offset, length) => {
    const fail = (what: string, fix?: string): never => {
      throw new IsogradError("onnx/external-data", `external data "${path}" ${what}`, fix ? { fix } : {});
    };
    if (path === "" || isAbsolute(path) || path.includes("\\") || path.includes("\0") || path.split("/").includes("..")) {
      fail("is not a plain path inside the model's folder");
    }
    const root = realpathSync(resolve(folder));
    let full: string;
    try {
      full = realpathSync(join(root, path));
    } catch (error) {
      return fail(`cannot be read: ${reasonOf(error)}`, "put the data file beside the model, under the name it was exported with");
    }
    if (full !== root && !full.startsWith(root + sep)) fail("is not a plain path inside the model's folder");
    if (!statSync(full).isFile()) fail("is not a file");
    let fd: number;
    try {
      fd = openSync(full, "r");
    } catch (error) {
      return fail(`cannot be read: ${reasonOf(error)}`);
    }
    try {
      const size = fstatSync(fd).size;
      refusePointer(path, readRange(fd, 0, Math.min(size, POINTER_BYTES)));
      const want = length ?? size - offset;
      if (offset + want > size || want < 0)
        fail(
          `ends at byte ${size}, but bytes ${offset} to ${offset + want} are needed`,
          "the data file is damaged or another one: export the network again",
        );
      const bytes = readRange(fd, offset, want);
      return bytes.length === want ? bytes : fail("ends early");
    } catch (error) {
      if (error instanceof IsogradError) throw error;
      return fail(`cannot be read: ${reasonOf(error)}`);
    } finally {
      closeSync(fd);
    }
  };
}

let written = 0;
const temporary = new Set<string>();
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Registers a temporary file, which a signal removes before it ends the process. Handlers exist only while there is such a file;
 * at other times a signal ends the process at once, even inside a long loop.
 */
function track(path: string): void {
  if (temporary.size === 0) for (const s of SIGNALS) process.on(s, stop);
  temporary.add(path);
}

function untrack(path: string): void {
  temporary.delete(path);
  if (temporary.size === 0) for (const s of SIGNALS) process.off(s, stop);
}

function stop(signal: NodeJS.Signals): void {
  for (const path of temporary) {
    rmSync(path, { force: true });
    untrack(path);
  }
  // process.exit would wait for a running native session and then abort; ending by the signal does not.
  process.kill(process.pid, signal);
}

/** A file that has been written under a temporary name. `commit` renames it to its own name, `discard` removes it. */
interface PendingFile {
  commit(): void;
  discard(): void;
}

/**
 * Writes chunks under a temporary name in the folder of `path`, to be renamed later. A device or a pipe is written at once.
 * Error `file/write`; the temporary file is removed then.
 */
async function writePending(path: string, chunks: readonly Uint8Array[]): Promise<PendingFile> {
  const kind = kindOf(path);
  const special = kind !== undefined && !kind.isFile();
  // For a link, the file that it points to is replaced.
  const target = kind === undefined || special ? path : realpathSync(path);
  const hidden = special ? target : join(dirname(target), `.${basename(target).slice(0, 100)}.${process.pid}.${++written}.part`);
  const discard = (): void => {
    if (special) return;
    rmSync(hidden, { force: true });
    untrack(hidden);
  };
  const fail = (error: unknown): never => {
    discard();
    throw new IsogradError("file/write", `cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  };
  try {
    if (!special) track(hidden);
    const file = await open(hidden, special ? "a" : "w");
    try {
      for (const chunk of chunks) {
        for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at, Math.min(chunk.length - at, CHUNK))).bytesWritten;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    fail(error);
  }
  return {
    commit: () => {
      if (special) return;
      try {
        renameSync(hidden, target);
        untrack(hidden);
      } catch (error) {
        fail(error);
      }
    },
    discard,
  };
}

/** Writes several files so that, if one cannot be written, none is replaced. Error `file/write`. */
export async function writeAll(files: readonly (readonly [path: string, chunks: readonly Uint8Array[]])[]): Promise<void> {
  const pending: PendingFile[] = [];
  try {
    for (const [path, chunks] of files) pending.push(await writePending(path, chunks));
    for (const p of pending) p.commit();
  } catch (error) {
    for (const p of pending) p.discard();
    throw error;
  }
}

/** Returns the status of what has this name; undefined where nothing has it. */
function kindOf(path: string): ReturnType<typeof statSync> {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new IsogradError("file/write", `cannot write ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Fails, before any work is done, when `path` cannot be written or is one of the `others` that the command reads or writes. Error `file/write`. */
export function refuseUnwritable(path: string, others: readonly string[] = []): void {
  const fail = (reason: string, fix?: string): never => {
    throw new IsogradError("file/write", `cannot write ${path}: ${reason}`, fix ? { fix } : {});
  };
  if (path === "") fail("the name is empty");
  const target = kindOf(path);
  if (target?.isDirectory()) fail(REASONS["EISDIR"]!);
  const folder = dirname(resolve(path));
  try {
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
  } catch (error) {
    fail((error as { code?: string }).code === "ENOENT" ? "there is no such folder" : reasonOf(error), "create the folder first");
  }
  try {
    accessSync(target && !target.isFile() ? path : folder, constants.W_OK);
  } catch (error) {
    fail(reasonOf(error));
  }
  const real = (p: string): string => (existsSync(p) ? realpathSync(p) : resolve(p));
  for (const other of others)
    if (target?.isFile() !== false && real(other) === real(path))
      fail("the command already uses this file for something else", "choose another name");
}
