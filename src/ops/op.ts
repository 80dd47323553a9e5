import type { GraphBuilder } from "../graph/builder.js";
import type { Attr, Graph, Node } from "../graph/graph.js";
import type { DType, Tensor, ValueType } from "../graph/tensor.js";
import type { ErrorParts } from "../util/errors.js";
import type { AttrReader, AttrSpec } from "./attrs.js";
import type { ElementTypes } from "./shared/element-types.js";
import type { Traits } from "./traits.js";

export type { AttrSpec } from "./attrs.js";

/** One input or output of an op. */
export interface Port {
  readonly optional?: true;
  readonly variadic?: true;
  /** A float input that the network is not differentiated by: Clip's bounds, Resize's scales, BatchNormalization's mean and var. */
  readonly static?: true;
  /** Takes, or gives, a sequence: always (`only`), or a tensor or a sequence (`also`). Other ports are of tensors. */
  readonly sequence?: "only" | "also";
  /** Runtimes take it as a list of int64, where our shape rules read the numbers whatever their shape and type. `scalar`: or as one number; `int32`: or of int32. */
  readonly list?: { readonly scalar?: true; readonly int32?: true };
}

export const one: Port = {};
export const optional: Port = { optional: true };
export const variadic: Port = { variadic: true };
export const fixed: Port = { static: true };
export const optionalFixed: Port = { optional: true, static: true };
export const list: Port = { list: {} };
export const optionalList: Port = { optional: true, list: {} };

/** What a shape rule sees. Shapes are concrete; `constant` gives inputs whose value is known before any run. */
export interface InferContext<I extends string = string> {
  readonly node: Node;
  readonly attrs: AttrReader;
  /** Types by position; undefined for an omitted optional input. */
  readonly types: readonly (ValueType | undefined)[];
  /** Returns the type of a required input. */
  type(port: I): ValueType;
  /** Returns the type of an optional input, undefined when omitted. */
  optional(port: I): ValueType | undefined;
  /** Returns the value of an input that must be known before any run; an error names it otherwise. */
  constant(port: I): Tensor;
  /** Returns the same of an optional input, undefined when omitted. */
  optionalConstant(port: I): Tensor | undefined;
  /** How many outputs the node names. */
  readonly outputs: number;
  fail(what: string, parts?: ErrorParts): never;
}

/** What a float64 evaluation sees. Float inputs may come as float32 or float64 storage; float results are float64. */
export interface EvalContext<I extends string = string> {
  readonly node: Node;
  readonly attrs: AttrReader;
  readonly x: Readonly<Record<I, Tensor>>;
  /** The same by position (for variadic ops); undefined for an omitted one. */
  readonly xs: readonly Tensor[];
  has(port: I): boolean;
  /** Types of the outputs, from the shape rule. */
  readonly out: readonly ValueType[];
}

/** What a gradient rule sees: primal inputs `x` and outputs `y` by port, cotangents `g` of the outputs. All are value names. */
export interface VjpContext<I extends string = string, O extends string = string> {
  readonly b: GraphBuilder;
  readonly node: Node;
  readonly attrs: AttrReader;
  /** Value name of an input; `""` when omitted. */
  readonly x: Readonly<Record<I, string>>;
  readonly xs: readonly string[];
  readonly y: Readonly<Record<O, string>>;
  readonly ys: readonly string[];
  /** Cotangent of an output; zeros where none arrives. */
  readonly g: Readonly<Record<O, string>>;
  /** Cotangents by position; undefined where none arrives. */
  readonly gs: readonly (string | undefined)[];
  /** Tells whether the cotangent of this input is wanted: rules may skip costly ones. */
  need(port: I | number): boolean;
  /** The value of an input that is known before any run. */
  constant(port: I): Tensor;
}

/** Cotangents by port (each may still be broadcast: the driver sums it down), or by position for variadic ops. */
export type Cotangents<I extends string> = { readonly [K in I]?: string | undefined } | readonly (string | undefined)[];

/** A gradient rule; or the reason why the derivative is zero everywhere; or the reason why there is none. */
export type Vjp<I extends string, O extends string> =
  { rule(c: VjpContext<I, O>): Cotangents<I> }["rule"] | { readonly zero: string } | { readonly none: string };

/** What a rule of vmap sees: a node that is to run for R runs at once. Values that differ between the runs have R as an axis in front of their own. */
export interface VmapContext {
  readonly b: GraphBuilder;
  readonly node: Node;
  readonly attrs: AttrReader;
  /** R. */
  readonly runs: number;
  /** The own shape of an input, without R. */
  own(input: number): readonly number[];
  /** Types of the outputs of one run. */
  readonly out: readonly ValueType[];
  /** Tells whether an input differs between the runs; "" does not. */
  differs(input: number): boolean;
  /** The value of an input as it is: with R in front where it differs. */
  readonly xs: readonly string[];
  /** The same with axes of size 1 between R and its own, up to `rank` own ones; one that is common to all runs has no R. */
  aligned(input: number, rank: number): string;
  /** The value of an input that is known before any run; undefined where it is omitted or not known. */
  constant(input: number): Tensor | undefined;
  fail(what: string): never;
}

/** What a decomposition sees: input values to build on, and how many outputs are wanted. */
export interface DecomposeContext<I extends string = string> {
  readonly b: GraphBuilder;
  readonly node: Node;
  readonly attrs: AttrReader;
  /** Value name of an input; `""` when omitted. */
  readonly x: Readonly<Record<I, string>>;
  readonly xs: readonly string[];
  has(port: I): boolean;
  /** The value of an input that must be known before any run. */
  constant(port: I): Tensor;
  readonly outputs: number;
  /** Tells whether output `i` is wanted. */
  wants(i: number): boolean;
  /** Appends a subgraph (a branch of If, a body of Loop) with its inputs bound to `args`; returns its outputs. */
  inline(graph: Graph, args: readonly string[]): readonly string[];
  /** Seed of dropout masks (`--dropout SEED`); undefined means that dropout is the identity. */
  readonly dropoutSeed: number | undefined;
  /** Returns the value that holds the number of the step of training, an int64 of shape []; undefined where all draws are made once. */
  readonly step: (() => string) | undefined;
  fail(what: string, parts?: ErrorParts): never;
}

/** What an upgrade from an older (or newer) opset sees. */
export interface UpgradeContext {
  readonly node: Node;
  /** Opset of the file. */
  readonly opset: number;
  /** Adds a constant and returns its value name. */
  constant(value: Tensor): string;
  fail(what: string, parts?: ErrorParts): never;
}

/** A recipe for one input of an example. */
export interface ExampleInput {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Exact values; otherwise seeded draws, from N(0,1) or uniform between `low` and `high`. */
  readonly values?: readonly number[];
  readonly low?: number;
  readonly high?: number;
  /** Draws stay at least this far from 0 (kinks at 0). */
  readonly awayFromZero?: number;
  /** Fed as an initializer, because the op must know it before any run. */
  readonly constant?: true;
}

/** One use of an op: test, golden data and documentation at once. */
export interface Example {
  readonly name: string;
  readonly inputs: readonly (ExampleInput | null)[];
  readonly attrs?: Readonly<Record<string, Attr>>;
  /** How many outputs to ask for (default 1). */
  readonly outputs?: number;
  /** Why onnxruntime cannot check this one (else it does, in float32 and, where it has the kernel, float64). */
  readonly withoutRuntime?: string;
  /** Why onnxruntime's float64 result says nothing although it gives one. */
  readonly withoutFloat64?: string;
  /** Why the derivative has no derivative here (a tie): the second order is not checked. */
  readonly withoutSecondOrder?: string;
}

interface OpBase<I extends string, O extends string> {
  /** ONNX name, verbatim. */
  readonly name: string;
  /** Domain; absent for ai.onnx. */
  readonly domain?: string;
  /** Since-versions of the ONNX schema whose meaning this file knows, ascending; the last is what `infer` and `evaluate` implement. */
  readonly since: readonly number[];
  /** The first opset that can say what this file implements, where the same node means something else in an older file. */
  readonly meaningSince?: number;
  /** What kinds of op it is. */
  readonly traits?: Traits;
  /** Element types that the ONNX schema allows for the first input, where not all of them. */
  readonly accepts?: ElementTypes;
  /** Input ports in schema order. */
  readonly inputs: Readonly<Record<I, Port>>;
  readonly outputs: Readonly<Record<O, Port>>;
  readonly attrs: Readonly<Record<string, AttrSpec>>;
  /** Rewrites a node of an older opset into the form that this file implements. Called whenever the file's opset is below the last since-version. */
  upgrade?(u: UpgradeContext): Node;
  readonly examples: readonly Example[];
}

/** An op that runtimes execute: a shape rule, a float64 meaning, and a gradient rule. */
export interface PrimitiveOp<I extends string = string, O extends string = string> extends OpBase<I, O> {
  infer(c: InferContext<I>): readonly ValueType[];
  evaluate(c: EvalContext<I>): readonly Tensor[];
  /** Outputs that follow from the input types alone (Shape, Size): folded although the input's value is unknown. */
  fold?(c: InferContext<I>): readonly Tensor[] | undefined;
  /** Other ops to use instead, for those uses of this one that runtimes get wrong; undefined keeps the node. */
  rewrite?(c: DecomposeContext<I>): readonly (string | undefined)[] | undefined;
  readonly vjp: Vjp<I, O>;
  /** Appends the node for several runs at once, and returns its outputs with the axis of runs in front. Elementwise ops need none. */
  readonly vmap?: (c: VmapContext) => readonly string[];
}

/** An op that is defined by other ops: replaced by them before anything else happens. Returns its outputs by position. */
export interface CompositeOp<I extends string = string, O extends string = string> extends OpBase<I, O> {
  decompose(c: DecomposeContext<I>): readonly (string | undefined)[];
}

export type Op<I extends string = string, O extends string = string> = PrimitiveOp<I, O> | CompositeOp<I, O>;

export const isPrimitive = (op: Op): op is PrimitiveOp => "evaluate" in op;
