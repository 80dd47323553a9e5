import type { Tensor } from "../../graph/tensor.js";
import { IsogradError } from "../../util/errors.js";
import { refusePickle } from "../pickle/machine.js";
import type { PickleOptions } from "../pickle/machine.js";
import { unpickle } from "../pickle/unpickle.js";
import { lacking } from "./archive.js";
import type { TorchFile } from "./archive.js";
import { CALLABLES, storageOf } from "./rebuild.js";
import type { StorageRef, TensorRef } from "./rebuild.js";
import { readRef, refuseTooLarge } from "./tensor-data.js";

// The files of PyTorch 0.1.10 to 1.5, and of `_use_new_zipfile_serialization=False`: a magic number, a version, facts of the machine, the object and
// the keys of its storages, each as a pickle; then each storage as its number of elements (8 bytes) and its data, little-endian.

const MAGIC = 0x1950a86a20f9469cfc6cn;
/** How these files begin: a pickle of protocol 2 that holds the magic number. */
const START = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const VERSION = 1001;

/** Tells whether a file is of this form. */
export const isLegacy = (bytes: Uint8Array): boolean => START.every((b, i) => bytes[i] === b);

/** Reads such a file. Errors `checkpoint/invalid`, `memory/limit`. */
export function readLegacy(bytes: Uint8Array, name: string): TorchFile {
  const storages = new Map<string, StorageRef>();
  let at = 0;
  const next = (options?: Partial<PickleOptions>): unknown => {
    const { value, end } = unpickle(bytes, at, {
      callables: CALLABLES,
      persistent: () => refusePickle("refers to something outside of it"),
      ...options,
    });
    at = end;
    return value;
  };
  const [magic, version] = [next(), next()];
  if (magic !== MAGIC || version !== VERSION)
    throw new IsogradError("checkpoint/invalid", `its form has the unknown version ${String(version)}`, { at: [name], expected: String(VERSION) });
  next();
  const root = next({
    persistent: (id) => {
      // The source text of a module stands beside it.
      if (Array.isArray(id) && id[0] === "module") return id[1] as unknown;
      const storage = storageOf(id);
      if (!storages.has(storage.storage)) storages.set(storage.storage, storage);
      return storage;
    },
  });
  const keys = next();
  const places = placesOf(bytes, at, Array.isArray(keys) ? keys.map(String) : refusePickle("lists no storages"), storages);
  const read = (refs: ReadonlyMap<string, TensorRef>, maxBytes: number): Map<string, Tensor> => {
    refuseTooLarge(name, refs.values(), maxBytes);
    return new Map(
      [...refs].map(([key, ref]) => {
        const stored = places.get(ref.storage.storage);
        return [key, (stored && readRef(ref, { bytes: stored, bigEndian: false })) ?? lacking(name, key, stored?.length)];
      }),
    );
  };
  return { root, read };
}

/** Returns the bytes of each storage that the file still holds. */
function placesOf(bytes: Uint8Array, start: number, keys: readonly string[], storages: ReadonlyMap<string, StorageRef>): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places = new Map<string, Uint8Array>();
  let at = start;
  for (const key of keys) {
    if (at + 8 > bytes.length) break;
    const length = Number(view.getBigInt64(at, true)) * (storages.get(key)?.type?.width ?? 1);
    if (length < 0) return refusePickle("is followed by a storage of negative length");
    places.set(key, bytes.subarray(at + 8, Math.min(bytes.length, at + 8 + length)));
    at += 8 + length;
  }
  return places;
}
