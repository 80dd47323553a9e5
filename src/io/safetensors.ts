import { fromBytes, rawBytes } from "../graph/bytes.js";
import type { StoredAs } from "../graph/bytes.js";
import { formatShape, sizeOf } from "../graph/tensor.js";
import type { DType, Tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";

// The safetensors format: an 8-byte little-endian header length, a JSON header {name: {dtype, shape, data_offsets}}, the data.
// https://github.com/huggingface/safetensors#format

const TYPES: Record<string, readonly [stored: StoredAs, dtype: DType, bytes: number]> = {
  F64: ["float64", "float64", 8],
  F32: ["float32", "float32", 4],
  F16: ["float16", "float32", 2],
  BF16: ["bfloat16", "float32", 2],
  I64: ["int64", "int64", 8],
  I32: ["int32", "int32", 4],
  I16: ["int16", "int16", 2],
  I8: ["int8", "int8", 1],
  U64: ["uint64", "uint64", 8],
  U32: ["uint32", "uint32", 4],
  U16: ["uint16", "uint16", 2],
  U8: ["uint8", "uint8", 1],
  BOOL: ["bool", "bool", 1],
};
const NAMES = new Map(Object.entries(TYPES).flatMap(([name, [stored, dtype]]) => (stored === dtype ? [[dtype, name] as const] : [])));

const HEADER_LIMIT = 100_000_000;

/**
 * Reads the tensors in the bytes of a safetensors file, by name. Offsets and shapes are checked before anything is allocated.
 * Error `safetensors/invalid`.
 */
export function readSafetensors(bytes: Uint8Array, name = "tensors"): Map<string, Tensor> {
  const fail = (what: string): never => {
    throw new IsogradError("safetensors/invalid", `this is not a valid safetensors file: ${what}`, {
      at: [name],
      fix: "write it again with the safetensors library",
    });
  };
  if (bytes.length < 8) fail("it is shorter than its own header length");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > HEADER_LIMIT || 8 + length > bytes.length) fail(`its header claims ${length} bytes, the file has ${bytes.length}`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch {
    fail("its header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) fail("its header is not an object");
  const data = bytes.subarray(8 + length);
  const tensors = new Map<string, Tensor>();
  let used = 0;
  for (const [key, entry] of Object.entries(header as Record<string, unknown>)) {
    if (key === "__metadata__") continue;
    // The format forbids overlaps; with them, a small file could make us allocate any amount of memory.
    const claim = (count: number): void => {
      used += count;
      if (used > data.length) fail("its tensors overlap");
    };
    tensors.set(key, readEntry(key, entry, data, claim, fail));
  }
  return tensors;
}

/** Reads the tensor of one header entry; `claim` counts its bytes. */
function readEntry(key: string, entry: unknown, data: Uint8Array, claim: (bytes: number) => void, fail: (what: string) => never): Tensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const type =
    typeof dtype === "string" && Object.hasOwn(TYPES, dtype)
      ? TYPES[dtype]!
      : fail(`tensor "${key}" has ${dtype === undefined ? "no element type" : `the unknown element type ${JSON.stringify(dtype)}`}`);
  const isCount = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0;
  if (!Array.isArray(shape) || shape.length > 64 || !shape.every(isCount)) return fail(`tensor "${key}" has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) return fail(`tensor "${key}" has no valid offsets`);
  const [from, to] = offsets as [number, number];
  const size = sizeOf(shape);
  if (from > to || to > data.length) return fail(`tensor "${key}" lies beyond the end of the file`);
  if (to - from !== size * type[2]) return fail(`tensor "${key}" of shape ${formatShape(shape)} needs ${size * type[2]} bytes and has ${to - from}`);
  claim(to - from);
  return { dtype: type[1], shape, data: fromBytes(data.subarray(from, to), type[0], size) };
}

/**
 * Encodes a safetensors file in chunks of bytes: the header, then the data of each tensor. Metadata values are strings. Error
 * `safetensors/invalid`.
 */
export function writeSafetensors(tensors: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, string>> = {}): Uint8Array[] {
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  const chunks: Uint8Array[] = [];
  let at = 0;
  // Widest elements first keeps every tensor aligned.
  const width = (t: Tensor): number => TYPES[NAMES.get(t.dtype)!]![2];
  for (const [key, t] of [...tensors].sort((a, b) => width(b[1]) - width(a[1]))) {
    if (key === "__metadata__") throw new IsogradError("safetensors/invalid", `safetensors files cannot hold a tensor named "${key}"`);
    const bytes = rawBytes(t);
    header.push([key, { dtype: NAMES.get(t.dtype), shape: t.shape, data_offsets: [at, at + bytes.length] }]);
    at += bytes.length;
    chunks.push(bytes);
  }
  // The JSON is assembled as text: in an object, names that look like numbers would lose their order, and "__proto__" would vanish.
  let text = `{${header.map(([key, entry]) => `${JSON.stringify(key)}:${JSON.stringify(entry)}`).join()}}`;
  text += " ".repeat((8 - (new TextEncoder().encode(text).length % 8)) % 8);
  const json = new TextEncoder().encode(text);
  const head = new Uint8Array(8 + json.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(json.length), true);
  head.set(json, 8);
  return [head, ...chunks];
}
