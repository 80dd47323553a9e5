import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "../../src/io/safetensors.js";
import { checkFromJson } from "../../src/study/check-record.js";
import { makeCheckCase } from "./check-cases.js";
import { TRUNKS } from "./check-corpus.js";
import { NETWORKS, opSeeds } from "./corpus.js";
import { makeCase, sweepCases } from "./mutate.js";

// What a case of each verb is made of on disk, and what the contract of the command line says of how it may end.

export type VerbName = "grad" | "check";

/** A case on disk. */
export interface Laid {
  readonly name: string;
  readonly argv: readonly string[];
  /** Files of the case before the run. */
  readonly inputs: readonly string[];
}

/** How a run of the command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const seeds = { networks: NETWORKS, trunks: TRUNKS, ops: opSeeds() };
export const sweep: { readonly count: number; at(i: number): ReturnType<typeof makeCase> } = sweepCases([...seeds.networks, ...seeds.ops]);

/** Writes the files of a case and gives the command line. Seed 0 is the sweep. */
export function lay(verb: VerbName, folder: string, seed: number, id: number): Laid {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const path = (name: string): string => join(folder, name);
  writeFileSync(path("data.bin"), new Uint8Array(64));
  symlinkSync("/etc/hostname", path("link.bin"));
  const put = (name: string, bytes: Uint8Array | undefined): string[] => {
    if (bytes) writeFileSync(path(name), bytes);
    return bytes ? [path(name)] : [];
  };
  if (verb === "grad") {
    const c = seed === 0 ? sweep.at(id % sweep.count) : makeCase(seeds, seed, id);
    put("m.onnx", c.model);
    put("b.safetensors", c.batch);
    return {
      name: c.name,
      argv: ["grad", path("m.onnx"), "--batch", path("b.safetensors"), "--out", path("g.safetensors"), "--emit", path("e.onnx"), ...c.args],
      inputs: readdirSync(folder),
    };
  }
  const c = makeCheckCase(seeds, seed, id);
  const models = [...put("m.onnx", c.model), ...put("m2.onnx", c.second)];
  const batch = put("b.safetensors", c.batch).flatMap((f) => ["--batch", f]);
  const weights = put("w.safetensors", c.weights).flatMap((f) => ["--weights", f]);
  return {
    name: c.name,
    argv: ["check", ...models, ...batch, ...weights, "--html", path("h.html"), "--json", path("r.json"), ...c.args],
    inputs: readdirSync(folder),
  };
}

/** What the contract forbids, of a run that really ran. */
export function faultsOf(verb: VerbName, folder: string, laid: Laid, { code, stdout, stderr }: Ended, written = true): string[] {
  const faults: string[] = [];
  const left = readdirSync(folder).filter((f) => !laid.inputs.includes(f));
  // On a busy machine a command tells what it is doing.
  const errors = stderr.split("\n").filter((l) => l !== "" && !l.startsWith("isograd: warning: ") && !/^isograd: .* … \d+ s$/.test(l));
  if (/internal error|broke its own rule|was given \d+ values|please report/i.test(stderr)) faults.push("internal error");
  if (/\n\s+at .*:\d+:\d+|node:internal|\bundefined\b|\[object|is not a function|is not iterable|Cannot read/.test(stderr + stdout))
    faults.push("raw exception");
  if (stderr.includes("onnxruntime could not run")) faults.push("the native runtime refused a verified graph");
  if (stderr.length > 5000) faults.push(`${stderr.length} characters on stderr`);

  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(stdout + stderr)) faults.push("a control character in the output");
  if (code === 2) {
    if (errors.length !== 1 || !errors[0]!.startsWith("isograd: ")) faults.push(`${errors.length} error lines`);
    if (left.length > 0) faults.push(`failure left ${left.join()}`);
    if (stdout !== "") faults.push("failure wrote to stdout");
  } else if (code === 0 || (verb === "check" && code === 1)) {
    if (errors.length > 0) faults.push("success with an error line");
    if (written) faults.push(...(verb === "grad" ? wrongGradients(folder, left) : wrongCheckUp(folder, left, code, stdout, laid)));
  } else faults.push(`exit code ${code}`);
  return faults;
}

function wrongGradients(folder: string, left: readonly string[]): string[] {
  if ([...left].sort().join() !== "e.onnx,g.safetensors") return [`success left ${left.join()}`];
  return readSafetensors(readFileSync(join(folder, "g.safetensors"))).has("loss") ? [] : ["no loss in the result"];
}

function wrongCheckUp(folder: string, left: readonly string[], code: number, stdout: string, laid: Laid): string[] {
  if ([...left].sort().join() !== "h.html,r.json") return [`success left ${left.join()}`];
  const faults: string[] = [];
  const text = readFileSync(join(folder, "r.json"), "utf8");
  const given = JSON.parse(text) as unknown;
  const list = Array.isArray(given) ? given : [given];
  if (list.length !== (laid.inputs.includes("m2.onnx") ? 2 : 1)) faults.push(`${list.length} records`);
  let worst = 0;
  for (const one of list) {
    const record = checkFromJson(JSON.stringify(one));
    if (record.verdict !== "healthy" || record.findings.some((f) => f.severity !== "info")) worst = 1;
    if (record.blocks.some((b) => !(b.fromDepth < b.toDepth))) faults.push("a block that ends where it begins");
    if (record.trunk.some((r, i) => r.depth !== i)) faults.push("depths that do not count");
    if (record.trunk.some((r) => Number.isNaN(r.lnScaleFree)) || (!record.nonFinite && record.blocks.some((b) => Number.isNaN(b.lnGain))))
      faults.push("NaN out of nothing");
    if (record.sentence.trim() === "" || record.findings.some((f) => [f.where, f.evidence, f.why, f.remedy].some((s) => s.trim() === "")))
      faults.push("an empty sentence");
    const plain = record.findings.filter((f) => !f.rule.startsWith("non-finite"));
    if (/\b(NaN|Infinity)\b/.test(JSON.stringify([record.sentence, plain]))) faults.push("NaN or Infinity in a sentence");
  }
  if (worst !== code) faults.push(`exit code ${code} under a record that means ${worst}`);
  if (stdout === "") faults.push("no text");
  const html = readFileSync(join(folder, "h.html"), "utf8");
  if (!/^<!doctype html>/i.test(html) || !html.trimEnd().endsWith("</html>")) faults.push("half a page");
  if (/<img src=x/i.test(html) || /\bundefined\b/.test(html.replace(/<(script|style)[\s\S]*?<\/\1>/g, "")))
    faults.push("the page shows what it must not");
  return faults;
}
