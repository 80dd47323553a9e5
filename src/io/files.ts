import { closeSync, fstatSync, openSync, readFileSync, readSync, realpathSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname, basename, isAbsolute, join, resolve, sep } from "node:path";
import type { Model } from "../graph/graph.js";
import { readSafetensors } from "./safetensors.js";
import { readOnnx } from "../onnx/read.js";
import type { ExternalData } from "../onnx/tensor-proto.js";
import type { Tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
  ENOTDIR: "a part of its path is not a folder",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB",
};

const reasonOf = (error: unknown): string => {
  const code = (error as { code?: string }).code ?? "";
  return REASONS[code] ?? (code || String(error));
};

/** The bytes of a file. Error `file/read`. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new IsogradError("file/read", `cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** The network in an ONNX file, with external data read by offset from the file's own folder. */
export function readModel(path: string): Model {
  return readOnnx(readBytes(path), { name: basename(path), external: externalFrom(dirname(path)) });
}

/** The tensors in a safetensors file. */
export function readTensors(path: string): Map<string, Tensor> {
  return readSafetensors(readBytes(path), basename(path));
}

/** Reads ranges of external data files. Only plain relative paths that stay inside `folder`, also through links. */
export function externalFrom(folder: string): ExternalData {
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
    const fd = openSync(full, "r");
    try {
      const size = fstatSync(fd).size;
      const want = length ?? size - offset;
      if (offset + want > size || want < 0) fail(`ends at byte ${size}, but bytes ${offset} to ${offset + want} are asked for`, "the data file is damaged or another one: export the network again");
      const bytes = new Uint8Array(want);
      let at = 0;
      while (at < want) {
        const n = readSync(fd, bytes, at, Math.min(want - at, 2 ** 30), offset + at);
        if (n === 0) fail("ends early");
        at += n;
      }
      return bytes;
    } finally {
      closeSync(fd);
    }
  };
}

const temporary = new Set<string>();

/** Removes what unfinished writes have left. Called when the command is interrupted. */
export function removeTemporaryFiles(): void {
  for (const path of temporary) rmSync(path, { force: true });
  temporary.clear();
}

/** A file being written under a temporary name; nothing shows under its own name before `commit`. */
export interface PendingFile {
  commit(): void;
  discard(): void;
}

/** Writes chunks beside `path` under a temporary name. Error `file/write`, with nothing left behind. */
export function writePending(path: string, chunks: readonly Uint8Array[]): PendingFile {
  const hidden = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  const discard = (): void => {
    rmSync(hidden, { force: true });
    temporary.delete(hidden);
  };
  const attempt = (f: () => void): void => {
    try {
      f();
    } catch (error) {
      discard();
      throw new IsogradError("file/write", `cannot write ${path}: ${reasonOf(error)}`, { cause: error });
    }
  };
  attempt(() => {
    temporary.add(hidden);
    const fd = openSync(hidden, "w");
    try {
      for (const chunk of chunks) {
        let at = 0;
        while (at < chunk.length) at += writeSync(fd, chunk, at, Math.min(chunk.length - at, 2 ** 30));
      }
    } finally {
      closeSync(fd);
    }
  });
  return {
    commit: () =>
      attempt(() => {
        renameSync(hidden, path);
        temporary.delete(hidden);
      }),
    discard,
  };
}

/** Fails before any work is done when `path` could not be written in the end. */
export function refuseUnwritable(path: string): void {
  try {
    if (!statSync(dirname(resolve(path))).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
  } catch (error) {
    throw new IsogradError("file/write", `cannot write ${path}: ${reasonOf(error)}`, { fix: "create the folder first" });
  }
  const target = statSync(path, { throwIfNoEntry: false });
  if (target?.isDirectory()) throw new IsogradError("file/write", `cannot write ${path}: it is a folder`);
}
