import type { DataSet } from "./data-set.js";

/** What a source works with: the files of the user's machine, and those that packages have. */
export interface DataHost {
  /** Reads a file. Errors `file/read`, `memory/limit`. */
  bytes(path: string): Uint8Array<ArrayBuffer>;
  /** Bytes of memory that the data may take. */
  readonly memory: number;
  /** Returns the bytes of a file; undefined where there is none. */
  size(path: string): number | undefined;
  /** Returns the names in a folder, sorted; undefined where it is none. */
  names(path: string): readonly string[] | undefined;
  /** Joins the parts of a path. */
  join(...parts: readonly string[]): string;
  /** Reads the sample of digits that comes with this program. */
  digits(): Uint8Array<ArrayBuffer>;
  /** Reads a file of an npm package; undefined where it is not installed. */
  ofPackage(name: string, path: string): Uint8Array<ArrayBuffer> | undefined;
}

/** Examples that can be asked for by a word: one file each, in `sources/`. */
export interface DataSource {
  /** The word. */
  readonly name: string;
  /** What stands behind its colon: "DIR"; undefined where nothing does. */
  readonly takes?: string;
  readonly summary: string;
  /** Opens it. `seed` draws what is drawn. Errors `data/missing`, `data/invalid`, `file/read`, `memory/limit`, `usage/option`. */
  open(argument: string, host: DataHost, seed: number): DataSet;
}

/** Examples in a file of the user's, by its ending: one file each, in `formats/`. */
export interface DataFormat {
  /** Endings of the files, each with its dot. */
  readonly endings: readonly string[];
  readonly summary: string;
  open(path: string, host: DataHost): DataSet;
}
