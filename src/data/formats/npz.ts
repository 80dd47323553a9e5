import { openZip } from "../../io/zip.js";
import type { Zip } from "../../io/zip.js";
import type { Tensor } from "../../graph/tensor.js";
import { IsogradError } from "../../util/errors.js";
import { readNpy } from "../shared/npy.js";
import { invalid, refuseTooMuch } from "../shared/refused.js";
import { tensorsAsData } from "../shared/tensors-as-data.js";
import type { DataFormat } from "../source.js";

/** Arrays of numpy by the names of the network's inputs, and `labels` or `target`, each with a row for every example. */
export const npz: DataFormat = {
  endings: [".npz"],
  summary: "arrays of numpy, packed or not, of numbers or bools, named in the same way",
  open(path, host) {
    const packed = host.bytes(path);
    const zip = opened(packed, path);
    const names = [...zip.entries.keys()].filter((n) => n.endsWith(".npy"));
    if (names.length === 0)
      invalid("there are no arrays in the file", path, { expected: "what numpy.savez writes", fix: "np.savez(F, input=x, labels=y)" });
    const sizes = names.map((entry) => zip.entries.get(entry)!);
    // An array whose elements are converted is there twice for a moment.
    refuseTooMuch(path, packed.length + sizes.reduce((a, b) => a + b, 0) + Math.max(...sizes), host);
    const tensors = new Map<string, Tensor>();
    for (const entry of names) {
      const [content] = unpacked(zip, entry, path);
      const name = entry.slice(0, -4);
      tensors.set(name, readNpy(content!, `${path} ▸ ${name}`));
    }
    return tensorsAsData(tensors, path);
  },
};

const opened = (bytes: Uint8Array, path: string): Zip => asData(path, () => openZip(bytes, path));

const unpacked = (zip: Zip, entry: string, path: string): readonly Uint8Array[] => asData(path, () => [...zip.read([entry], Infinity).values()]);

/** Says of a damaged file that it is data. */
function asData<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof IsogradError && error.code === "checkpoint/invalid")
      return invalid(error.what, path, { fix: error.parts.fix!, cause: error });
    throw error;
  }
}
