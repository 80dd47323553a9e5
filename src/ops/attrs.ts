import { isGraph, isTensor } from "../graph/graph.js";
import type { Attr, Graph, Node } from "../graph/graph.js";
import type { DType, Tensor } from "../graph/tensor.js";
import { IsogradError, invariant } from "../util/errors.js";

/** One attribute: its kind, and its default or that it must be given. Neither means it may be absent. */
export interface AttrSpec {
  /** A `flag` is an integer that says yes or no: 0 or 1, because runtimes read other numbers differently. */
  readonly kind: "int" | "flag" | "float" | "string" | "ints" | "floats" | "strings" | "tensor" | "graph" | "dtype";
  readonly default?: Attr;
  readonly required?: true;
  readonly oneOf?: readonly string[];
  /** An integer of 64 bits. Runtimes keep most integer attributes in 32 bits and cut off the rest unseen. */
  readonly wide?: true;
}

/** Typed access to a node's attributes, with the defaults of the op's file. Asking for an undeclared attribute is a bug. */
export class AttrReader {
  readonly #node: Node;
  readonly #specs: Readonly<Record<string, AttrSpec>>;

  constructor(node: Node, specs: Readonly<Record<string, AttrSpec>>) {
    this.#node = node;
    this.#specs = specs;
  }

  has(name: string): boolean {
    return this.#raw(name) !== undefined;
  }
  int(name: string): number {
    return this.#required(name) as number;
  }
  float(name: string): number {
    return this.#required(name) as number;
  }
  flag(name: string): boolean {
    const value = this.int(name);
    if (value === 0 || value === 1) return value === 1;
    throw new IsogradError("op/attribute", `${this.#node.op}: attribute "${name}" is ${value}`, { at: [this.#node.name], expected: "0 or 1" });
  }
  string(name: string): string {
    return this.#required(name) as string;
  }
  ints(name: string): readonly number[] {
    return this.#required(name) as readonly number[];
  }
  floats(name: string): readonly number[] {
    return this.#required(name) as readonly number[];
  }
  strings(name: string): readonly string[] {
    return this.#required(name) as readonly string[];
  }
  dtype(name: string): DType {
    return this.#required(name) as DType;
  }
  tensor(name: string): Tensor {
    return this.#required(name) as Tensor;
  }
  graph(name: string): Graph {
    return this.#required(name) as Graph;
  }
  optionalInt(name: string): number | undefined {
    return this.#raw(name) as number | undefined;
  }
  optionalInts(name: string): readonly number[] | undefined {
    return this.#raw(name) as readonly number[] | undefined;
  }
  optionalFloats(name: string): readonly number[] | undefined {
    return this.#raw(name) as readonly number[] | undefined;
  }
  optionalStrings(name: string): readonly string[] | undefined {
    return this.#raw(name) as readonly string[] | undefined;
  }
  optionalFloat(name: string): number | undefined {
    return this.#raw(name) as number | undefined;
  }
  optionalDtype(name: string): DType | undefined {
    return this.#raw(name) as DType | undefined;
  }
  optionalTensor(name: string): Tensor | undefined {
    return this.#raw(name) as Tensor | undefined;
  }

  #raw(name: string): Attr | undefined {
    const spec = this.#specs[name];
    invariant(spec, `${this.#node.op} asked for its undeclared attribute "${name}"`);
    return Object.hasOwn(this.#node.attrs, name) ? this.#node.attrs[name] : spec.default;
  }
  #required(name: string): Attr {
    const value = this.#raw(name);
    if (value === undefined) {
      throw new IsogradError("op/attribute", `${this.#node.op} lacks its attribute "${name}"`, {
        at: [this.#node.name],
        fix: "the file violates the ONNX schema: export it again",
      });
    }
    return value;
  }
}

/** Checks every attribute of a node against its op's specs: kinds, required ones, allowed words. Unknown attributes are an error too. */
export function checkAttrs(node: Node, specs: Readonly<Record<string, AttrSpec>>): void {
  const fail = (what: string, expected: string): never => {
    throw new IsogradError("op/attribute", `${node.op}: ${what}`, { at: [node.name], expected });
  };
  for (const [name, value] of Object.entries(node.attrs)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (!spec) fail(`unknown attribute "${name}"`, Object.keys(specs).join(", ") || "no attributes");
    else if (!spec.wide && INTEGERS.has(spec.kind) && isTooLong(value)) fail(`attribute "${name}" is ${shown(value)}`, "integers of 32 bits");
    else if (spec.kind === "flag" && value !== 0 && value !== 1) fail(`attribute "${name}" is ${shown(value)}`, "0 or 1");
    else if (!KINDS[spec.kind](value)) fail(`attribute "${name}" has the wrong kind`, spec.kind);
    else if (spec.oneOf && !spec.oneOf.includes(value as string))
      fail(`attribute "${name}" is "${value as string}"`, `one of ${spec.oneOf.join(", ")}`);
  }
  for (const [name, spec] of Object.entries(specs)) {
    if (spec.required && !Object.hasOwn(node.attrs, name)) fail(`attribute "${name}" is missing`, `a value of kind ${spec.kind}`);
  }
}

const INTEGERS: ReadonlySet<AttrSpec["kind"]> = new Set(["int", "flag", "ints"]);

const isTooLong = (a: Attr): boolean => (isNumber(a) ? Math.abs(a) > 2 ** 31 : isList(a) && a.length > 0 && a.some((v) => isTooLong(v)));

const shown = (a: Attr): string => (isNumber(a) || isList(a) || typeof a === "string" ? String(a) : "no number");

const isNumber = (a: Attr): a is number => typeof a === "number";
const isInt = (a: Attr): a is number => isNumber(a) && Number.isInteger(a);
const isList = (a: Attr): a is readonly number[] | readonly string[] => Array.isArray(a);

const DTYPES: Record<DType, true> = {
  float32: true,
  float64: true,
  int8: true,
  int16: true,
  int32: true,
  int64: true,
  uint8: true,
  uint16: true,
  uint32: true,
  uint64: true,
  bool: true,
  string: true,
};

const KINDS: Record<AttrSpec["kind"], (a: Attr) => boolean> = {
  int: isInt,
  flag: isInt,
  float: isNumber,
  string: (a) => typeof a === "string",
  dtype: (a) => typeof a === "string" && Object.hasOwn(DTYPES, a),
  ints: (a) => isList(a) && (a as readonly unknown[]).every((v) => Number.isInteger(v)),
  floats: (a) => isList(a) && (a as readonly unknown[]).every((v) => typeof v === "number"),
  strings: (a) => isList(a) && (a as readonly unknown[]).every((v) => typeof v === "string"),
  tensor: (a) => isTensor(a),
  graph: (a) => isGraph(a),
};
