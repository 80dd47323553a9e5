import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Finding } from "../../src/doctor/finding.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import { readOnnx } from "../../src/onnx/read.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { check } from "../../src/study/check.js";
import type { CheckOptions } from "../../src/study/check.js";
import type { CheckRecord } from "../../src/study/check-record.js";

const runtime = nodeRuntime();

type Batch = ReadonlyMap<string, Tensor>;

/** A finding that a case must have: its rule and severity, and words that its place must name. */
export type Wanted = readonly [rule: Finding["rule"], severity: Finding["severity"], where?: string];

/** A network of test/fixtures/cases, and all that may be said of it. What is not listed must not be there. */
export interface Case {
  /** What is special about it. */
  readonly what: string;
  readonly file: string;
  /** Other options than the file's own batch. */
  readonly options?: Omit<CheckOptions, "runtime" | "batches">;
  readonly batches?: (own: Batch) => readonly Batch[] | undefined;
  readonly verdict: CheckRecord["verdict"];
  /** Findings that must be there; of others only remarks may be. */
  readonly findings?: readonly Wanted[];
  /** Rules of which there must not even be a remark. */
  readonly never?: readonly Finding["rule"][];
  /** Words that findings must hold. */
  readonly says?: RegExp;
  /** The op that makes the first value that is not finite and reaches a result, and in how many examples; absent: there is none. */
  readonly nonFinite?: readonly [op: string, examples: number | null, first?: number];
  readonly setAside?: readonly string[];
  /** The verdict with one factor on all weights; absent: none was tried. */
  readonly cure?: CheckRecord["verdict"];
  readonly judged?: readonly [parameters: number, of: number];
  /** What coverage names, and words of why. */
  readonly notLookedAt?: readonly (readonly [what: string, why: RegExp])[];
  /** Verdicts of the chains, where there are several. */
  readonly chains?: readonly (readonly [name: string, verdict: CheckRecord["verdict"]])[];
  /** The kinds of the blocks, residual ones with their skip. */
  readonly blocks?: readonly string[];
  /** More that must hold. */
  readonly also?: (record: CheckRecord) => void;
}

const at = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/cases/${name}`, import.meta.url));

/** The batch that a network's file shares with those of its kind. */
export const batchOf = (file: string): Batch => readSafetensors(at(`${file.split(".")[0]!}.safetensors`));

/** Checks a network on its batch, or on others. */
export async function checked({ file, options, batches }: Pick<Case, "file" | "options" | "batches">): Promise<CheckRecord> {
  const given = batches === undefined ? [batchOf(file)] : batches(batchOf(file));
  return check(readOnnx(at(`${file}.onnx`), { name: file }), { runtime, ...(given ? { batches: given } : {}), ...options });
}

/** Makes a test of every case of a table. */
export const table = (cases: readonly Case[]): void => it.each(cases)("$file: $what", async (c) => expectCase(await checked(c), c));

function expectCase(r: CheckRecord, c: Case): void {
  const wanted = c.findings ?? [];
  const told = r.findings.map((f) => `${f.severity} ${f.rule} @ ${f.where}: ${f.evidence}`).join("\n");
  expect(r.verdict, told).toBe(c.verdict);
  for (const [rule, severity, where = ""] of wanted) {
    const own = r.findings.filter((f) => f.rule === rule);
    expect(
      own.map((f) => f.severity),
      told,
    ).toContain(severity);
    expect(
      own
        .filter((f) => f.severity === severity)
        .map((f) => f.where)
        .join("; "),
      rule,
    ).toContain(where);
  }
  const loud = r.findings.filter((f) => f.severity !== "info" && !wanted.some(([rule, severity]) => rule === f.rule && severity === f.severity));
  expect(loud.map((f) => `${f.severity} ${f.rule} @ ${f.where}: ${f.evidence}`)).toEqual([]);
  expect(r.findings.filter((f) => c.never?.includes(f.rule)).map((f) => f.rule)).toEqual([]);
  if (c.says) expect(r.findings.map((f) => `${f.evidence} ${f.why} ${f.remedy}`).join("\n")).toMatch(c.says);
  const bad = r.nonFinite ?? null;
  expect(bad && [bad.op, bad.examples]).toEqual(c.nonFinite ? c.nonFinite.slice(0, 2) : null);
  if (c.nonFinite?.[2] !== undefined) expect(bad?.example).toBe(c.nonFinite[2]);
  expect(r.setAside?.map((s) => s.name)).toEqual(c.setAside ?? []);
  expect(r.cure?.verdict ?? null).toBe(c.cure ?? null);
  const { parametersJudged, parametersTotal, notLookedAt } = r.coverage!;
  if (c.judged) expect([parametersJudged, parametersTotal]).toEqual(c.judged);
  else expect(parametersJudged, JSON.stringify(notLookedAt)).toBe(parametersTotal);
  expect(notLookedAt.map((n) => n.what)).toEqual((c.notLookedAt ?? []).map(([what]) => what));
  c.notLookedAt?.forEach(([, why], i) => expect(notLookedAt[i]!.why).toMatch(why));
  if (c.chains) expect(r.chains?.map((k) => [k.name, k.verdict])).toEqual(c.chains);
  if (c.blocks) expect(r.blocks.map((b) => (b.skip === null ? b.kind : `${b.kind} ${b.skip}`))).toEqual(c.blocks);
  c.also?.(r);
}
