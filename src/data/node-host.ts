import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DataHost } from "./source.js";
import { namesIn, readBytes } from "../io/files.js";

/** Where the packed sample of digits lies beside this program, in its sources and when it is built. */
const DIGITS = new URL("../../assets/digits.safetensors.gz", import.meta.url);

/** Reads data from the files of this machine, of at most `memory` bytes each. */
export const nodeDataHost = (memory: number): DataHost => ({
  memory,
  bytes: (path) => readBytes(path, memory),
  size(path) {
    const kind = statSync(path, { throwIfNoEntry: false });
    return kind?.isFile() ? kind.size : undefined;
  },
  names: namesIn,
  join,
  digits: () => readBytes(fileURLToPath(DIGITS)),
  ofPackage(name, path) {
    const require = createRequire(join(process.cwd(), "package.json"));
    for (const from of [require, createRequire(import.meta.url)]) {
      try {
        const file = join(dirname(from.resolve(`${name}/package.json`)), path);
        if (existsSync(file)) return readBytes(file, memory);
      } catch {
        // Another place may have it.
      }
    }
    return undefined;
  },
});
