import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LossSpec } from "../../src/autodiff/loss.js";
import type { Model } from "../../src/graph/graph.js";
import { producers } from "../../src/graph/graph.js";
import { isFloat } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { bind } from "../../src/passes/bind.js";
import { withoutDeadCode } from "../../src/passes/order.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { check } from "../../src/study/check.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { structureOf } from "../../src/structure/structure.js";
import type { Cut } from "../../src/structure/types.js";
import { feedsFor, splitBatch } from "../../src/data/batch.js";
import type { Batch } from "../../src/data/batch.js";

// Holds the trunk of a check-up against the tensors that PyTorch recorded on the same batch (tools/fixtures/make_profiles.py). Which tensor is
// which value is found by what they hold, never by name: a fingerprint (Σx, Σ|x|, Σx², Σx³) does not change with layout, nor does a norm.

/** A tensor that PyTorch computed; its float32 deviations are the largest of several runs. */
export interface TorchRow {
  readonly shape: readonly number[];
  readonly source: string;
  readonly fingerprint: readonly [number, number, number, number];
  readonly lnActivation: number | string;
  readonly lnGradient: number | string | null;
  readonly activation32: number | string;
  readonly gradient32: number | string;
}

/** The gradient by several tensors together, counted where they are used behind all of them. */
export interface TorchSet {
  readonly rows: readonly number[];
  readonly lnGradient: number | string;
  readonly gradient32: number | string;
}

/** profile.json of one network. */
export interface TorchProfile {
  readonly name: string;
  readonly loss: string;
  readonly output: string | null;
  readonly lossValue: number;
  readonly rows: readonly TorchRow[];
  readonly sets: readonly TorchSet[];
}

export const readProfile = (path: string): TorchProfile => JSON.parse(readFileSync(path, "utf8")) as TorchProfile;

/** PyTorch's figures for one cut of the trunk. */
export interface CutTruth {
  readonly depth: number;
  readonly cut: Cut;
  /** Indices of the tensors, in PyTorch's order. */
  readonly rows: readonly number[];
  readonly lnActivation: number;
  /** −Infinity for a gradient of zeros, and for one that never arrives. */
  readonly lnGradient: number;
  readonly activation32: number;
  readonly gradient32: number;
}

/** How the cuts of a trunk were found among PyTorch's tensors. */
export interface Matching {
  readonly truths: readonly CutTruth[];
  readonly cuts: readonly Cut[];
  readonly unmatched: readonly Cut[];
  /** Cuts whose value several tensors hold, with different gradients: nothing tells them apart. */
  readonly ambiguous: readonly Cut[];
  /** Cuts of several tensors for which the profile has no gradient yet. */
  readonly missingSets: readonly (readonly number[])[];
}

/** Attributes of ONNX are float32: behind one of them a value agrees to this only. */
const AGREES = 1e-6;
/** Gradients of tensors that hold the same are one truth when they differ by less. */
const SAME = 1e-9;

/** What only moves numbers: it tells a tensor from a part of a larger one that holds the same. */
const MOVES = new Set("Concat Expand Flatten Gather Identity Reshape Slice Split Squeeze Transpose Unsqueeze".split(" "));
const TORCH_MOVES = new Set(
  "__getitem__ cat chunk contiguous expand flatten movedim permute reshape select split squeeze stack transpose unbind unsqueeze view".split(" "),
);

const TWICE: readonly number[] = [];

const num = (v: number | string | null): number => (v === null ? -Infinity : Number(v));

type Fingerprint = readonly [number, number, number, number];

function fingerprintOf(t: Tensor): Fingerprint {
  const f: [number, number, number, number] = [0, 0, 0, 0];
  for (const v of t.data) {
    f[0] += v;
    f[1] += Math.abs(v);
    f[2] += v * v;
    f[3] += v * v * v;
  }
  return f;
}

/** How far two fingerprints lie apart, relative to what their sums are made of. */
function distance(a: Fingerprint, b: Fingerprint): number {
  // Σ|x|³ ≤ √Σx² · Σx².
  const scales = [a[1], a[1], a[2], a[2] ** 1.5];
  return Math.max(...scales.map((scale, k) => (a[k] === b[k] ? 0 : Math.abs(a[k]! - b[k]!) / scale)));
}

const lossOf = (profile: TorchProfile): LossSpec =>
  profile.loss.startsWith("output:") ? { kind: "output", name: profile.loss.slice(7) } : { kind: profile.loss as "sum" };

/** A check-up of the network on its batch. */
export function checked(model: Model, batch: Batch, profile: TorchProfile, dtype: "float32" | "float64", runtime: Runtime): Promise<CheckRecord> {
  return check(model, {
    runtime,
    batches: [batch],
    dtype,
    loss: lossOf(profile),
    memoryLimit: 16 * 2 ** 30,
    ...(profile.output === null ? {} : { output: profile.output }),
  });
}

/** Finds the cuts of a float64 check-up's trunk among PyTorch's tensors. */
export async function matchTrunk(model: Model, batch: Batch, profile: TorchProfile, record: CheckRecord, runtime: Runtime): Promise<Matching> {
  const { inputs } = splitBatch(model, batch);
  const loss = lossOf(profile);
  const output = loss.kind === "output" ? loss.name : (profile.output ?? model.graph.outputs[0]!);
  const bound = bind(model, { dtype: "float64", outputs: [output], shapes: Object.fromEntries([...inputs].map(([k, t]) => [k, t.shape])) });
  const { trunk } = structureOf(bound, record.trunk[record.trunk.length - 1]!.value);
  const makers = producers(bound.graph);
  // A Concat that later ones continue stands for the list of its parts.
  const partsOf = (cut: Cut): readonly string[] => {
    const maker = makers.get(cut.values[0]!);
    return cut.values.length === 1 && !cut.exact && maker?.op === "Concat" ? maker.inputs : cut.values;
  };
  const wanted = [...new Set(trunk.flatMap((c) => [...c.values, ...partsOf(c)]))].filter((v) => isFloat(bound.graph.types.get(v)!.dtype));
  const prints = new Map<string, Fingerprint>();
  const computed = wanted.filter((v) => makers.has(v));
  const graph = withoutDeadCode({ ...bound.graph, outputs: computed });
  const executable = await runtime.prepare(graph);
  const feeds = feedsFor(graph, inputs);
  for (const [v, t] of await executable.run(feeds)) prints.set(v, fingerprintOf(t));
  await executable.dispose();
  for (const v of wanted) if (!makers.has(v)) prints.set(v, fingerprintOf(inputs.get(v) ?? bound.graph.initializers.get(v)!));

  const size = (v: string): number => bound.graph.types.get(v)!.shape.reduce((n, d) => n * d, 1);
  const candidates = (v: string): readonly number[] => {
    const own = prints.get(v);
    if (!own) return [];
    const near = profile.rows
      .map((r, i) => ({ i, off: r.lnGradient !== null && sizeOfRow(r) === size(v) ? distance(own, r.fingerprint) : Infinity }))
      .filter(({ off }) => off <= AGREES);
    const best = Math.min(...near.map(({ off }) => off));
    const found = near.filter(({ off }) => off <= 10 * best + 1e-13).map(({ i }) => i);
    const moves = MOVES.has(makers.get(v)?.op ?? "");
    const sameKind = found.filter((i) => TORCH_MOVES.has(profile.rows[i]!.source) === moves);
    // One op that gives the same twice: PyTorch computed twice what the exporter writes once, and its gradient is in parts.
    const ops = sameKind.map((i) => profile.rows[i]!.source);
    if (!moves && new Set(ops).size < ops.length) return TWICE;
    return distinct(profile, found).length > 1 && sameKind.length > 0 ? sameKind : found;
  };
  const [truths, unmatched, ambiguous, missingSets]: [CutTruth[], Cut[], Cut[], (readonly number[])[]] = [[], [], [], []];
  trunk.forEach((cut, depth) => {
    const own = candidates(cut.values[cut.values.length - 1]!);
    const parts = partsOf(cut);
    const lists = parts.length === 1 ? [own] : parts.map(candidates);
    if (lists.includes(TWICE)) return void ambiguous.push(cut);
    const found = lists.map((list) => distinct(profile, list));
    if (found.some((list) => list.length === 0)) return void unmatched.push(cut);
    if (found.some((list) => list.length > 1)) return void ambiguous.push(cut);
    const rows = [...new Set(found.map((list) => list[0]!))].sort((p, q) => p - q);
    const set = rows.length === 1 ? profile.rows[rows[0]!]! : profile.sets.find((s) => s.rows.join() === rows.join());
    if (!set) return void missingSets.push(rows);
    const square = rows.reduce((s, i) => s + Math.exp(2 * num(profile.rows[i]!.lnActivation)) * sizeOfRow(profile.rows[i]!), 0);
    const elements = rows.reduce((s, i) => s + sizeOfRow(profile.rows[i]!), 0);
    truths.push({
      depth,
      cut,
      rows,
      lnActivation: rows.length === 1 ? num(profile.rows[rows[0]!]!.lnActivation) : 0.5 * Math.log(square / elements),
      lnGradient: num(set.lnGradient),
      activation32: Math.max(...rows.map((i) => num(profile.rows[i]!.activation32))),
      gradient32: num(set.gradient32),
    });
  });
  return { truths, cuts: trunk, unmatched, ambiguous, missingSets };
}

const sizeOfRow = (r: TorchRow): number => r.shape.reduce((n, d) => n * d, 1);

/** One of each gradient among tensors that hold the same. */
function distinct(profile: TorchProfile, rows: readonly number[]): readonly number[] {
  const kept: number[] = [];
  for (const i of rows) {
    const g = num(profile.rows[i]!.lnGradient);
    if (!kept.some((k) => num(profile.rows[k]!.lnGradient) === g || Math.abs(num(profile.rows[k]!.lnGradient) - g) < SAME)) kept.push(i);
  }
  return kept;
}

/** The largest departures of a trunk from PyTorch's, each as a multiple of what it may be: at most 1 is as it should be. */
export interface Comparison {
  readonly gradient: number;
  readonly activation: number;
  /** Departures themselves. */
  readonly gradientOff: number;
  readonly activationOff: number;
  readonly faults: readonly string[];
}

/** Holds a check-up's trunk against PyTorch: float32 within max(.01, 3 × PyTorch's own deviation), float64 within 1e-6. */
export function compareTrunk(record: CheckRecord, matching: Matching, dtype: "float32" | "float64"): Comparison {
  let [gradient, activation, gradientOff, activationOff] = [0, 0, 0, 0];
  const faults: string[] = [];
  for (const t of matching.truths) {
    const row = record.trunk[t.depth]!;
    const off = (got: number | null, want: number): number => (num(got) === want ? 0 : Math.abs(num(got) - want));
    const bar = (own: number): number => (dtype === "float64" ? 1e-6 : Math.max(0.01, 3 * own));
    const [g, a] = [off(row.lnGradient, t.lnGradient), off(row.lnActivation, t.lnActivation)];
    const say = (what: string, got: number | null, want: number, own: number): void =>
      void faults.push(`${t.depth} ${row.value} (${row.op}): ${what} ${got}, PyTorch ${want}, its own deviation ${own}`);
    if (!(g <= bar(t.gradient32))) say("lnGradient", row.lnGradient, t.lnGradient, t.gradient32);
    if (!(a <= bar(t.activation32))) say("lnActivation", row.lnActivation, t.lnActivation, t.activation32);
    gradient = Math.max(gradient, g / bar(t.gradient32));
    activation = Math.max(activation, a / bar(t.activation32));
    gradientOff = Math.max(gradientOff, g);
    activationOff = Math.max(activationOff, a);
  }
  return { gradient, activation, gradientOff, activationOff, faults };
}

/** Where a network's files lie. */
export const filesOf = (folder: string): { readonly model: string; readonly batch: string } => ({
  model: join(folder, "model.onnx"),
  batch: join(folder, "batch.safetensors"),
});
