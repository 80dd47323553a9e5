import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { allocate, sizeOf } from "../../src/graph/tensor.js";
import type { Column, Examples } from "../../src/data/data-set.js";
import type { DataHost } from "../../src/data/source.js";
import { IsogradError } from "../../src/util/errors.js";

const ASSETS = new URL("../../assets/", import.meta.url);
const FIXTURES = new URL("../fixtures/data/", import.meta.url);

/** Returns the bytes of a fixture of data. */
export const fixture = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL(name, FIXTURES)));

export const bytesOfText = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** A machine that has these files, by their paths with slashes, and those of packages by `package:path`. */
export function dataHost(files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>, memory = Infinity): DataHost {
  return {
    memory,
    bytes(path) {
      const found = files[path];
      if (!found) throw new IsogradError("file/read", `cannot read ${path}: there is no such file`);
      return found;
    },
    size: (path) => files[path]?.length,
    names(path) {
      const names = Object.keys(files).flatMap((f) => (f.startsWith(`${path}/`) ? [f.slice(path.length + 1).split("/")[0]!] : []));
      return names.length === 0 ? undefined : [...new Set(names)].sort();
    },
    join: (...parts) => parts.join("/"),
    digits: () => new Uint8Array(readFileSync(fileURLToPath(new URL("digits.safetensors.gz", ASSETS)))),
    ofPackage: (name, path) => files[`${name}:${path}`],
  };
}

/** Returns what a column has for an example. */
export function example(column: Column, index: number, epoch = 0): number[] {
  const out = allocate(column.type.dtype, sizeOf(column.type.shape) + 2);
  // Neighbours of its place stay as they are.
  out[0] = 77;
  out[out.length - 1] = 77;
  column.copy(index, out, 1, epoch);
  if (out[0] !== 77 || out[out.length - 1] !== 77) throw new Error("the column writes beside its place");
  return [...out.subarray(1, out.length - 1)];
}

/** Returns the only input of examples. */
export const inputOf = (examples: Examples): Column => {
  if (examples.inputs.size !== 1) throw new Error(`there are ${examples.inputs.size} inputs`);
  return [...examples.inputs.values()][0]!;
};

/** Returns the labels of examples, or their targets, as one list. */
export const answersOf = ({ answers, count }: Examples): number[] => Array.from({ length: count }, (_, i) => example(answers!.column, i)).flat();

/** Returns the error that something throws, as its code and message. */
export function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof IsogradError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing was refused";
}
