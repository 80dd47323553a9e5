import * as z from "zod";
import { allowed } from "../nn/describe.js";
import { resolveNet } from "../nn/spec.js";
import type { NetSpec } from "../nn/spec.js";
import { IsogradError, nearest } from "../util/errors.js";
import { INPUTS } from "../data/drawn-batch.js";
import type { InputKind } from "../data/drawn-batch.js";
import { canonicalJson, sha256 } from "./canonical.js";
import type { MeasurementKind } from "./measurement.js";
import { MEASUREMENTS, measurementNamed } from "./measurements/index.js";

/**
 * To be raised whenever code below the measurements (random numbers, builders, gradients) gives other numbers for the same spec. Stored results of other
 * versions are measured anew.
 */
const RESULTS_VERSION = 1;

/** The batch: random examples. */
export interface BatchSpec {
  readonly examples: number;
  readonly inputs: InputKind;
  readonly seed: number;
}

/** The complete and checked description of a trial; its result is a pure function of it. */
export interface TrialSpec {
  /** The network, without seed, dtype and batch, which belong to the trial. */
  readonly net: NetSpec;
  readonly batch: BatchSpec;
  /** Name of the measurement, and its options. */
  readonly measure: { readonly name: string; readonly [option: string]: unknown };
  /** Seed of the weights, and of random numbers of the measurement. */
  readonly seed: number;
  readonly dtype: "float32" | "float64";
}

/** A trial as users write it: defaults may be left out, and a measurement without options may be given by its name. */
export interface TrialRequest {
  readonly net: NetSpec;
  /** Default: 16 examples from N(0, 1), by the trial's seed. */
  readonly batch?: Partial<BatchSpec>;
  readonly measure: string | TrialSpec["measure"];
  /** Default 0. */
  readonly seed?: number;
  /** Default float32. */
  readonly dtype?: TrialSpec["dtype"];
}

const seed = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const FIELDS = {
  net: z.custom<NetSpec>((v) => typeof v === "object" && v !== null && !Array.isArray(v)).describe("a network spec: { arch, … }"),
  batch: z
    .strictObject({
      examples: z.number().int().positive().default(16),
      inputs: z.enum(INPUTS).default("gaussian"),
      seed: seed.optional(),
    })
    .prefault({}),
  measure: z.union([z.string(), z.looseObject({ name: z.string() })]),
  seed: seed.default(0),
  dtype: z.enum(["float32", "float64"]).default("float32"),
};
const schema = z.strictObject(FIELDS);

/** Fields of a network's spec that a trial sets, and the trial's fields for them. */
const SETTLED: Readonly<Record<string, string>> = { seed: "seed", dtype: "dtype", batch: "batch.examples" };

/** Checks a trial and fills in its defaults; it leaves its own results unchanged. Error `spec/invalid` with the name of the field. */
export function parseTrial(request: unknown): TrialSpec {
  const given = checked(schema, request, "trial");
  for (const [field, instead] of Object.entries(SETTLED)) {
    if (given.net[field] === undefined) continue;
    throw new IsogradError("spec/invalid", `the network of a trial has no "${field}" of its own`, {
      at: ["trial", "net"],
      fix: `say it beside the network, as "${instead}" of the trial`,
    });
  }
  const resolved = resolveNet({ ...given.net, seed: given.seed, dtype: given.dtype, batch: given.batch.examples });
  const { name, ...options } = typeof given.measure === "string" ? { name: given.measure } : given.measure;
  const kind = measurementNamed(name);
  const parsed = checked(kind.options, options, `measure ${name}`) as Readonly<Record<string, unknown>>;
  return {
    net: plain({ arch: resolved.architecture.name, ...resolved.fields, init: resolved.init }) as NetSpec,
    batch: { ...given.batch, seed: given.batch.seed ?? given.seed },
    measure: plain({ name: kind.name, ...parsed }) as TrialSpec["measure"],
    seed: given.seed,
    dtype: given.dtype,
  };
}

/** A copy without undefined fields, which JSON does not have. */
const plain = (value: unknown): unknown => JSON.parse(canonicalJson(value));

/** The kind of measurement of a trial. */
export const kindOf = (spec: TrialSpec): MeasurementKind<unknown, unknown> => MEASUREMENTS.find((m) => m.name === spec.measure.name)!;

/** The versions of the code that determine a trial's numbers. */
export const versionOf = (spec: TrialSpec): string => `${RESULTS_VERSION}.${kindOf(spec).version}`;

/** Computes the key of a trial's result: the SHA-256 of the canonical JSON of its spec and of the versions of the measuring code. */
export const keyOf = (spec: TrialSpec): Promise<string> => sha256(canonicalJson({ spec, version: versionOf(spec) }));

/** The key of a trial's family: trials that differ by their seeds only share it, and run on the same graphs and sessions. */
export const familyOf = ({ seed: _, batch: { seed: __, ...batch }, ...rest }: TrialSpec): string => canonicalJson({ ...rest, batch });

/** Checks a value by a schema. Error `spec/invalid` with the field, the allowed values, the value received and the nearest valid name. */
export function checked<T>(shape: z.ZodType<T>, value: unknown, at: string): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues as [z.core.$ZodIssue];
  const path = issue.path.map(String);
  const found = path.reduce<unknown>((v, k) => (v as Record<string, unknown> | undefined)?.[k], value);
  const schemaAt = path.reduce<z.ZodType | undefined>((s, k) => (fieldsOf(s) as Record<string, z.ZodType> | undefined)?.[k], shape);
  if (issue.code === "unrecognized_keys") {
    const [key] = issue.keys as [string];
    const names = Object.keys(fieldsOf(schemaAt) ?? {});
    const near = nearest(key, names);
    throw new IsogradError("spec/invalid", `${path.length === 0 ? "there is" : `"${path.join(".")}" has`} no field "${key}"`, {
      at: [at],
      expected: names.join(", ") || "no fields",
      ...(near ? { fix: `did you mean "${near}"?` } : {}),
    });
  }
  const near = issue.code === "invalid_value" && typeof found === "string" ? nearest(found, issue.values.map(String)) : undefined;
  throw new IsogradError("spec/invalid", path.length === 0 ? "this is no valid record" : `"${path.join(".")}" is not valid`, {
    at: [at],
    expected: schemaAt ? allowed(schemaAt) : issue.message,
    received: JSON.stringify(found) ?? "nothing",
    ...(near ? { fix: `did you mean "${near}"?` } : {}),
  });
}

/** The fields of an object schema, also where it has a default or is optional; undefined for other schemas. */
function fieldsOf(s: z.ZodType | undefined): Readonly<Record<string, z.ZodType>> | undefined {
  let inner = s;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) inner = inner.unwrap() as z.ZodType;
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}
