import type { Tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { list } from "../util/format.js";
import { emptyCheckpoint, partOf } from "./checkpoint.js";
import type { Checkpoint } from "./checkpoint.js";
import { readSafetensors } from "./safetensors.js";
import { readArchive } from "./torch/archive.js";
import { isLegacy, readLegacy } from "./torch/legacy.js";

/**
 * Reads the weights in the bytes of a file, whose form its first bytes tell; `part` chooses among several state dicts. Errors `safetensors/invalid`,
 * `checkpoint/invalid`, `checkpoint/part`, `memory/limit`.
 */
export function weightsIn(bytes: Uint8Array, name: string, part: string | undefined, maxBytes: number): Checkpoint {
  if (bytes.length === 0)
    throw new IsogradError("checkpoint/invalid", "the file is empty: it has no bytes", { at: [name], fix: "copy or save it again" });
  const starts = (...codes: readonly number[]): boolean => codes.every((c, i) => bytes[i] === c);
  const file = starts(0x50, 0x4b, 3, 4) ? readArchive(bytes, name, maxBytes) : isLegacy(bytes) ? readLegacy(bytes, name) : undefined;
  if (file) {
    const { refs, ...found } = partOf(file.root, part);
    return { name, ...found, tensors: file.read(refs, maxBytes) };
  }
  const foreign = foreignForm(bytes, starts);
  if (foreign) throw new IsogradError("checkpoint/invalid", `this is ${foreign.what}`, { at: [name], fix: foreign.fix });
  const tensors = readSafetensors(bytes, name);
  if (tensors.size === 0) throw emptyCheckpoint();
  return { name, ...partOfNames(tensors, part), unread: new Map(), others: [] };
}

/** Tells forms that are not read, and what to do. */
function foreignForm(
  bytes: Uint8Array,
  starts: (...codes: readonly number[]) => boolean,
): { readonly what: string; readonly fix: string } | undefined {
  const again = 'in Python: torch.save(torch.load(FILE, map_location="cpu"), "weights.pt")';
  if (new TextDecoder().decode(bytes.subarray(257, 262)) === "ustar") return { what: "a tar file, as PyTorch before 0.1.10 wrote", fix: again };
  if (starts(0x80) && bytes[1]! <= 5 && bytes.length > 9 && bytes[8] !== 0x7b)
    return { what: "a pickle that torch.save did not write", fix: 'in Python, load it and torch.save(state_dict, "weights.pt")' };
  if (starts(0x89, 0x48, 0x44, 0x46))
    return { what: "an HDF5 file", fix: "save the weights as safetensors, under the names of the network's initializers" };
  return undefined;
}

/** Returns the tensors under a part of the names. Error `checkpoint/part`. */
export function partOfNames(tensors: ReadonlyMap<string, Tensor>, part: string | undefined): Pick<Checkpoint, "part" | "tensors"> {
  if (part === undefined) return { part: "", tensors };
  const found = new Map([...tensors].flatMap(([n, t]) => (n.startsWith(`${part}.`) ? [[n.slice(part.length + 1), t] as const] : [])));
  if (found.size > 0) return { part, tensors: found };
  throw new IsogradError("checkpoint/part", `the checkpoint has no tensors under "${part}"`, {
    expected: `the beginning of a name like ${list([...tensors.keys()])}`,
  });
}
