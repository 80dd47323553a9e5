import { IsogradError } from "../../util/errors.js";
import type { Tensor } from "../../graph/tensor.js";
import { unpickle } from "../pickle/unpickle.js";
import { openZip } from "../zip.js";
import { CALLABLES, storageOf } from "./rebuild.js";
import type { TensorRef } from "./rebuild.js";
import { readRef, refuseTooLarge } from "./tensor-data.js";

/** What `torch.save` was given, read back: dicts are Maps, tensors are references until they are read. */
export interface TorchFile {
  readonly root: unknown;
  /** Reads tensors out of their storages; all together may take `maxBytes`. Errors `checkpoint/invalid`, `memory/limit`. */
  readonly read: (refs: ReadonlyMap<string, TensorRef>, maxBytes: number) => Map<string, Tensor>;
}

/** The most bytes of the pickle of an archive: it holds names and numbers, no data of tensors. */
const PICKLE_LIMIT = 2 ** 28;

/** Tells that a file holds a program, and how to get at its weights. */
const program = (name: string, what: string, line: string): never => {
  throw new IsogradError("checkpoint/invalid", `this is ${what}, not a checkpoint`, { at: [name], fix: `in Python: ${line}` });
};

/**
 * Reads an archive of PyTorch 1.6 and later: a zip file with a folder that has data.pkl, a pickle, and data/KEY, the bytes of each storage. Errors
 * `checkpoint/invalid`, `memory/limit`.
 */
export function readArchive(bytes: Uint8Array, name: string, maxBytes: number): TorchFile {
  const zip = openZip(bytes, name);
  const names = [...zip.entries.keys()];
  const has = (end: string): boolean => names.some((n) => n.endsWith(end));
  const pickles = names.filter((n) => n === "data.pkl" || /^[^/]+\/data\.pkl$/.test(n));
  if (has("/serialized_exported_program.json") || has("/models/model.json") || has("serialized_exported_program.json"))
    program(name, "a program that torch.export saved", `torch.save(torch.export.load("${name}").state_dict, "weights.pt")`);
  if (has("/constants.pkl")) program(name, "a TorchScript program", `torch.save(torch.jit.load("${name}").state_dict(), "weights.pt")`);
  if (pickles.length !== 1)
    throw new IsogradError(
      "checkpoint/invalid",
      `this zip file is no checkpoint of PyTorch: it has ${pickles.length === 0 ? "no" : "more than one"} data.pkl`,
      {
        at: [name],
        fix: "give a file that torch.save or safetensors wrote",
      },
    );
  const folder = pickles[0]!.slice(0, -"data.pkl".length);
  const size = zip.entries.get(pickles[0]!)!;
  if (size > PICKLE_LIMIT)
    throw new IsogradError("checkpoint/invalid", `its pickle takes ${size} bytes`, { at: [name], expected: `at most ${PICKLE_LIMIT}` });
  const head = zip.read(pickles.concat(zip.entries.has(`${folder}byteorder`) ? `${folder}byteorder` : []), maxBytes);
  const bigEndian = new TextDecoder().decode(head.get(`${folder}byteorder`)?.subarray(0, 16)).trim() === "big";
  const { value: root } = unpickle(head.get(pickles[0]!)!, 0, { callables: CALLABLES, persistent: storageOf });
  const read = (refs: ReadonlyMap<string, TensorRef>, limit: number): Map<string, Tensor> => {
    refuseTooLarge(name, refs.values(), limit);
    const entryOf = ({ storage }: TensorRef): string => `${folder}data/${storage.storage}`;
    const storages = zip.read([...refs.values()].map(entryOf), limit);
    return new Map(
      [...refs].map(([key, ref]) => {
        const stored = storages.get(entryOf(ref));
        return [key, (stored && readRef(ref, { bytes: stored, bigEndian })) ?? lacking(name, key, stored?.length)];
      }),
    );
  };
  return { root, read };
}

/** Refuses a file that lacks the data of a tensor. */
export const lacking = (name: string, tensor: string, bytes: number | undefined): never => {
  throw new IsogradError("checkpoint/invalid", `the data of "${tensor}" ${bytes === undefined ? "is missing" : `ends at byte ${bytes}`}`, {
    at: [name],
    fix: "the file is damaged or cut off: copy or save it again",
  });
};
