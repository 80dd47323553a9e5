import * as z from "zod";
import type { Dim } from "../graph/graph.js";
import type { FloatDType } from "../graph/tensor.js";
import { IsogradError, nearest } from "../util/errors.js";
import type { Architecture, Fields } from "./architecture.js";
import { ARCHITECTURES } from "./architectures/index.js";
import { allowed } from "./describe.js";
import { SCHEMES, initSchema } from "./init/scheme.js";
import type { Init } from "./init/scheme.js";

/**
 * Specifies a network as JSON: the architecture, and those of its fields that differ from their defaults (docs/nets.md lists them).
 * The command line, trials and the pages all describe networks by it.
 */
export interface NetSpec {
  /** Name of an architecture. */
  readonly arch: string;
  /** Seed of the weights (default 0). */
  readonly seed?: number;
  readonly dtype?: FloatDType;
  /** Size of the batch axis in examples, or the name of a symbolic one (default `N`). */
  readonly batch?: number | string;
  /** The initialisation scheme: a name, or an object of the fields of `Init`. */
  readonly init?: unknown;
  readonly [field: string]: unknown;
}

/** A validated spec: the architecture's record, and every field with its default filled in. */
export interface ResolvedNet {
  readonly architecture: Architecture;
  readonly seed: number;
  readonly dtype: FloatDType;
  readonly batch: Dim;
  readonly init: Init;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Fields that every architecture has. */
export const COMMON_FIELDS: Fields = {
  init: initSchema.default(() => initSchema.parse("he")).describe(initSchema.description!),
  seed: z.number().int().default(0).describe("seed of the weights; each parameter depends on the seed and its own name only"),
  dtype: z.enum(["float32", "float64"]).default("float32").describe("dtype of weights and values"),
  batch: z
    .union([z.number().int().positive(), z.string().regex(/^[A-Za-z_]\w*$/, "is a size or the name of a free dim")])
    .default("N")
    .describe("size of the batch axis, or the name of a symbolic one"),
};

/** Returns the architecture of this name. Error `spec/invalid`. */
export function architectureNamed(name: unknown): Architecture {
  const found = ARCHITECTURES.find((a) => a.name === name);
  if (found) return found;
  const names = ARCHITECTURES.map((a) => a.name);
  const near = typeof name === "string" ? nearest(name, names) : undefined;
  throw new IsogradError("spec/invalid", name === undefined ? 'the spec has no "arch"' : `there is no architecture ${JSON.stringify(name)}`, {
    expected: names.join(", "),
    fix: near ? `did you mean "${near}"?` : "see npx isograd net --list",
  });
}

const schemaCache = new Map<Architecture, z.ZodType>();

function schemaOf(architecture: Architecture, schemas: Fields): z.ZodType {
  const known = schemaCache.get(architecture) ?? z.strictObject(schemas);
  schemaCache.set(architecture, known);
  return known;
}

/** Validates a spec and fills in its defaults. Error `spec/invalid`, which names the field, its allowed values and the nearest valid name. */
export function resolveNet(spec: NetSpec): ResolvedNet {
  if (typeof spec !== "object" || spec === null || Array.isArray(spec))
    throw new IsogradError("spec/invalid", "a network spec is an object", { expected: '{ "arch": …, … }', received: JSON.stringify(spec) });
  const { arch, ...rest } = spec;
  const architecture = architectureNamed(arch);
  const schemas: Fields = { ...architecture.fields, ...COMMON_FIELDS };
  const result = schemaOf(architecture, schemas).safeParse(rest);
  if (!result.success) throw refusal(architecture, schemas, rest, result.error.issues);
  const { seed, dtype, batch, init, ...fields } = result.data as Omit<ResolvedNet, "architecture" | "fields">;
  if (init.scheme === "fixup" && !architecture.fixup)
    throw new IsogradError("spec/invalid", "init: fixup is for networks with residual branches", {
      at: [architecture.name],
      expected: SCHEMES.filter((s) => s !== "fixup").join(", "),
      fix: `choose one of ${ARCHITECTURES.filter((a) => a.fixup)
        .map((a) => a.name)
        .join(", ")}, or another init`,
    });
  return { architecture, seed, dtype, batch, init, fields };
}

type Issue = z.core.$ZodIssue;

/** Makes the error for the most helpful issue: an unknown name if there is one, else the first. */
function refusal(architecture: Architecture, schemas: Fields, given: Readonly<Record<string, unknown>>, issues: readonly Issue[]): IsogradError {
  const first = issues.find((i) => i.code === "unrecognized_keys") ?? issues[0]!;
  const { issue, path } = innermost(first, []);
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const parent = path.join(".");
    const names = path.length === 0 ? Object.keys(schemas) : [...allowed(schemas[String(path[0])]!).matchAll(/\w+(?=[,} ])/g)].map((m) => m[0]);
    const near = nearest(key, names);
    return new IsogradError("spec/invalid", `${path.length === 0 ? architecture.name : parent} has no field "${key}"`, {
      at: [architecture.name],
      expected: names.join(", "),
      fix: near ? `did you mean "${near}"?` : "see npx isograd net --list",
    });
  }
  const field = String(path[0] ?? "");
  const whole = given[field];
  const [shown, value] =
    typeof whole === "string" ? [field, whole] : [path.join("."), path.reduce<unknown>((v, k) => (v as Named | undefined)?.[k], given)];
  const options = choices(issue, schemas[field]);
  const near = typeof value === "string" ? nearest(value, options) : undefined;
  // The words for a field leave out bounds that only exclude absurd values: one that was passed is named.
  const expected = path.length > 1 || issue.code === "too_big" ? expectation(issue) : undefined;
  return new IsogradError("spec/invalid", `"${shown}" ${ownWords(issue) ?? "is not valid"}`, {
    at: [architecture.name],
    expected: expected ?? (schemas[field] ? allowed(schemas[field]) : "another value"),
    received: JSON.stringify(value) ?? "nothing",
    ...(near ? { fix: `did you mean "${near}"?` } : {}),
  });
}

type Named = Readonly<Record<PropertyKey, unknown>>;

/** Returns the message that our own schemas give for an issue; undefined for zod's messages, which are replaced. */
const ownWords = (issue: Issue): string | undefined => (issue.code === "custom" || issue.code === "invalid_format" ? issue.message : undefined);

/** Says what an issue deep inside a field expects. */
function expectation(issue: Issue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `a ${issue.expected}`;
    case "invalid_value":
      return issue.values.join(", ");
    case "too_small":
      return `at least ${issue.minimum}`;
    case "too_big":
      return `at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

/** Finds, where no member of a union fits, the issue of the member that matched deepest, and the path to it. */
function innermost(issue: Issue, outer: readonly PropertyKey[]): { readonly issue: Issue; readonly path: readonly PropertyKey[] } {
  const path = [...outer, ...issue.path];
  if (issue.code !== "invalid_union") return { issue, path };
  const members = issue.errors.flatMap((list) => (list[0] ? [innermost(list[0], path)] : []));
  const deepest = members.reduce<(typeof members)[number] | undefined>(
    (a, m) => (a && a.path.length >= m.path.length && !isName(m.issue) ? a : m),
    undefined,
  );
  if (!deepest || (deepest.path.length === path.length && deepest.issue.code === "invalid_type")) return { issue, path };
  return deepest;
}

const isName = (issue: Issue): boolean => issue.code === "unrecognized_keys";

/** Returns the names that would have been valid. */
function choices(issue: Issue, schema: z.ZodType | undefined): readonly string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (!schema) return [];
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { enum: names, const: only, anyOf } = node as { enum?: readonly unknown[]; const?: unknown; anyOf?: readonly unknown[] };
    found.push(...(names ?? []).map(String));
    if (typeof only === "string") found.push(only);
    anyOf?.forEach(visit);
  };
  visit(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  return found;
}
