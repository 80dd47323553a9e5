import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

// Data flows one way: a room imports only from itself and the rooms above it. `io` and `report` hold no science.
const ROOMS = [
  "util",
  "math",
  "graph",
  "ops",
  "passes",
  "structure",
  "onnx",
  "io",
  "nn",
  "autodiff",
  "optim",
  "data",
  "runtime",
  "probe",
  "theory",
  "verdict",
  "train",
  "trial",
  "jobs",
  "doctor",
  "claims",
  "study",
  "report",
  "cli",
];

const root = fileURLToPath(new URL("../..", import.meta.url));
const src = join(root, "src");
const files = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
const sources = files(src).filter((f) => f.endsWith(".ts"));
const roomOf = (path: string): string => relative(src, path).split("/")[0]!;
const importsOf = (path: string): string[] =>
  [...readFileSync(path, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map((m) => resolve(dirname(path), m[1]!.replace(/\.js$/, ".ts")));

/** Every file that one imports, itself included. */
function reachedFrom(file: string): Set<string> {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    importsOf(path).forEach(visit);
  };
  visit(join(src, file));
  return reached;
}

describe("the house", () => {
  it("has only the rooms it should have", () => {
    const rooms = new Set(sources.map(roomOf).filter((r) => !r.endsWith(".ts")));
    for (const r of rooms) expect(ROOMS).toContain(r);
  });

  it("imports only from rooms above", () => {
    const wrong: string[] = [];
    for (const path of sources) {
      const room = roomOf(path);
      if (room.endsWith(".ts")) continue;
      for (const target of importsOf(path)) {
        if (ROOMS.indexOf(roomOf(target)) > ROOMS.indexOf(room)) wrong.push(`${relative(src, path)} imports ${relative(src, target)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("has no cycle of files, however long, types included", () => {
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      if (state.get(path) === "done") return;
      if (state.get(path) === "open") {
        cycles.push([...way.slice(way.indexOf(path)), path].map((f) => relative(src, f)).join(" → "));
        return;
      }
      state.set(path, "open");
      for (const target of importsOf(path)) visit(target, [...way, path]);
      state.set(path, "done");
    };
    for (const path of sources) visit(path, []);
    expect(cycles).toEqual([]);
  });

  it("reports read records only, and run nothing", () => {
    // Records, and the schemas that they share.
    const isRecord = (f: string): boolean => /^study\/[a-z]+-record\.ts$/.test(relative(src, f));
    const allowed = (f: string): boolean => isRecord(f) || ["report", "util", "math"].includes(roomOf(f));
    const wrong = sources
      .filter((f) => roomOf(f) === "report")
      .flatMap((f) => importsOf(f).flatMap((target) => (allowed(target) ? [] : [`${relative(src, f)} imports ${relative(src, target)}`])));
    expect(wrong).toEqual([]);
  });

  it("keeps the core free of Node: only command line, file access and the native runtime use its modules", () => {
    const allowed =
      /^(cli\/|io\/(files|weights-file)\.ts|runtime\/(node(-[a-z]+)?|installed|web-worker)\.ts|data\/node-host\.ts|train\/run-folder\.ts|jobs\/(libsql-(store|connection)|thread-queue|job-thread)\.ts)/;
    const host = /(from |import\()"(node:|onnxruntime-|libsql)/;
    const wrong = sources.filter((f) => !allowed.test(relative(src, f)) && host.test(readFileSync(f, "utf8")));
    expect(wrong.map((f) => relative(src, f))).toEqual([]);
  });

  it.each(["index.ts", "web.ts"])("%s reaches no module of Node", (entry) => {
    const reached = reachedFrom(entry);
    expect(reached.size).toBeGreaterThan(300);
    const host = /(from |import\()"(node:|onnxruntime-node|libsql)/;
    expect([...reached].filter((f) => host.test(readFileSync(f, "utf8"))).map((f) => relative(src, f))).toEqual([]);
  });

  it("keeps the protobuf library in one room", () => {
    const wrong = sources.filter((f) => roomOf(f) !== "onnx" && /onnx-buf|@bufbuild/.test(readFileSync(f, "utf8")));
    expect(wrong.map((f) => relative(src, f))).toEqual([]);
  });

  it("reads files by the protobuf library, and writes them without it", () => {
    expect([...reachedFrom("onnx/write.ts")].filter((f) => /onnx-buf|@bufbuild/.test(readFileSync(f, "utf8"))).map((f) => relative(src, f))).toEqual(
      [],
    );
  });

  it("has one op per file, named by its export", () => {
    const outside = new Set(["index.ts", "op.ts", "attrs.ts", "registry.ts", "traits.ts", "apply-vmap.ts"]);
    for (const path of sources.filter((f) => dirname(f) === join(src, "ops") && !outside.has(relative(join(src, "ops"), f)))) {
      const names = [...readFileSync(path, "utf8").matchAll(/^export const (\w+): Op</gm)].map((m) => m[1]!);
      expect(names.length, relative(src, path)).toBe(1);
    }
  });

  it("keeps files short: none above 300 lines but the generated index of ops", () => {
    const lengths = sources.map((f) => [relative(src, f), readFileSync(f, "utf8").trimEnd().split("\n").length] as const);
    expect(lengths.filter(([, n]) => n > 300).map(([f]) => f)).toEqual(["ops/index.ts"]);
  });

  it("writes numbers in one place: util/format.ts", () => {
    // What is no text: coordinates of pictures, names of constants, and numbers rounded to be computed with.
    const others = ["util/format.ts", "report/page/coordinates.ts", "graph/appender.ts", "study/phase.ts"];
    const wrong = sources.filter((f) => !others.includes(relative(src, f)) && /\.to(?:Fixed|Precision|Exponential)\(/.test(readFileSync(f, "utf8")));
    expect(wrong.map((f) => relative(src, f))).toEqual([]);
  });

  it("uses no unseeded randomness and no locale", () => {
    // Intl.Segmenter parts a text into characters, by the same rules in every locale.
    const wrong = sources.filter((f) => /Math\.random|toLocale|localeCompare|Intl\.(?!Segmenter)/.test(readFileSync(f, "utf8")));
    expect(wrong.map((f) => relative(src, f))).toEqual([]);
  });
});
