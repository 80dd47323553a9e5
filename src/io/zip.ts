import { unzipSync } from "fflate";
import { IsogradError, refuseBytes } from "../util/errors.js";

/** The fewest bytes that an entry takes in the directory of a zip file. */
const ENTRY = 46;

/** Opens a zip file that lies in memory; `entries` has the unpacked size of each entry, and `read` unpacks some of them. */
export interface Zip {
  readonly entries: ReadonlyMap<string, number>;
  /** Unpacks the named entries, of at most `maxBytes` together. Errors `checkpoint/invalid`, `memory/limit`. */
  readonly read: (names: Iterable<string>, maxBytes: number) => Map<string, Uint8Array>;
}

/** Reads the directory of a zip file. Errors, `checkpoint/invalid`: it is damaged, or cut off. */
export function openZip(bytes: Uint8Array, name: string): Zip {
  const damaged = (cause?: unknown): never => {
    throw new IsogradError("checkpoint/invalid", "the zip file is damaged or cut off", { at: [name], fix: "copy or save it again", cause });
  };
  /** Unpacks the entries that `wanted` accepts. */
  const unpack = (wanted: (entry: string, size: number) => boolean): Record<string, Uint8Array> => {
    let seen = 0;
    try {
      return unzipSync(bytes, {
        filter: (e) => {
          // A directory that says it has more entries than fit would be walked for hours.
          if (++seen * ENTRY > bytes.length) damaged();
          return wanted(e.name, e.originalSize);
        },
      });
    } catch (error) {
      if (error instanceof IsogradError) throw error;
      return damaged(error);
    }
  };
  const entries = new Map<string, number>();
  unpack((entry, size) => {
    entries.set(entry, size);
    return false;
  });
  const read = (names: Iterable<string>, maxBytes: number): Map<string, Uint8Array> => {
    const wanted = new Set(names);
    let total = 0;
    for (const n of wanted) total += entries.get(n) ?? 0;
    if (total > maxBytes) refuseBytes(`what ${name} unpacks to takes`, total, maxBytes);
    // A second entry of one name, or of another size, is not counted above.
    const left = new Set(wanted);
    const unpacked = new Map(Object.entries(unpack((entry, size) => left.delete(entry) && (size === entries.get(entry) || damaged()))));
    for (const [entry, content] of unpacked) if (content.length !== entries.get(entry)) damaged();
    return unpacked;
  };
  return { entries, read };
}
