import { producers, readers } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { opNamed, portAt, traitsOf } from "../ops/registry.js";
import { IsogradError, nearest } from "../util/errors.js";
import type { Bound } from "./bind.js";
import { dependents } from "./dependents.js";
import { buffersOf } from "./parameters.js";
import type { Parameter } from "./parameters.js";

/** A tensor that is not trained although a gradient could reach it, and why that is believed. */
export interface SetAside {
  readonly name: string;
  readonly why: string;
}

/** What the user says of parameters. */
export interface Trained {
  /** Names that are parameters, whatever they look like. */
  readonly trainable?: readonly string[] | undefined;
  /** Names that are not. */
  readonly frozen?: readonly string[] | undefined;
}

/** Values from here down are an exporter's −∞. */
const NEGATIVE = -1e4;

/**
 * Finds the tensors among the parameters that nobody trains: those without elements, those that the user froze, buffers by the exporter's notes, and masks. A mask holds nothing but 0,
 * 1, −∞ and numbers of −10⁴ and below, and reaches the loss only by being added to what enters a softmax, itself or as a logarithm, or as m and as 1 − m both. An identity matrix or
 * a kernel of zeros and ones that something is multiplied by is a parameter. Nor is a whole number trained that something which may be negative is raised
 * to: with any other exponent it would not be a number. `states`: the Constants that only stand for the state before the first step of a chain over time. Error `usage/option`: a name that is no parameter.
 */
export function setAsideOf(
  bound: Bound,
  parameters: readonly Parameter[],
  { trainable = [], frozen = [] }: Trained,
  states: ReadonlySet<string> = new Set(),
): readonly SetAside[] {
  requireParameters(parameters, { trainable, frozen });
  const buffers = buffersOf(bound.model);
  const [users, fileUsers] = [readers(bound.graph), readers(bound.model.graph)];
  const makers = producers(bound.graph);
  const moving = dependents(
    bound.graph,
    parameters.flatMap((p) => (looksLikeMask(p.value) ? [] : [p.name])),
  );
  return parameters.flatMap(({ name, value }): SetAside[] => {
    if (value.data.length === 0) return [{ name, why: "it has no elements" }];
    if (frozen.includes(name)) return [{ name, why: "frozen, as asked for" }];
    if (trainable.includes(name)) return [];
    const zeros = isZeros(bound, { name, value }) ? (states.has(name) ? STATE : zerosUse(fileUsers, name)) : undefined;
    if (zeros !== undefined) return [{ name, why: zeros }];
    if (buffers.has(name)) return [{ name, why: "a buffer, by the exporter's notes" }];
    const why = looksLikeMask(value)
      ? maskUse(bound.graph, users, name, moving)
      : value.data.every(Number.isInteger)
        ? exponentUse(users, makers, name)
        : undefined;
    return why === undefined ? [] : [{ name, why }];
  });
}

const STATE = "a state of zeros to begin with";

/** Tells whether a tensor is a Constant of zeros. */
export const isZeros = (bound: Bound, { name, value }: Pick<Parameter, "name" | "value">): boolean =>
  bound.candidates.get(name)?.constant === true && value.data.every((v: number) => v === 0);

/**
 * Says of a Constant of zeros what else it is than a parameter: the first state of a recurrent layer, as exporters write it where the program gives none, or what other
 * values are written into, or stand in for by a condition. Undefined where it is used otherwise.
 */
function zerosUse(users: Users, name: string): string | undefined {
  const uses = usesOf(users, name).map(({ node, value }) => {
    const op = opNamed(node.op, node.domain);
    const port = op && portAt(op.inputs, node.inputs.indexOf(value))?.name;
    if (port?.startsWith("initial_")) return "state";
    return (port === "data" && op && "updates" in op.inputs) || (traitsOf(node).chooses && node.inputs[0] !== value) ? "base" : "other";
  });
  if (uses.length === 0 || uses.includes("other")) return undefined;
  return uses.includes("state") ? STATE : "zeros among which other values stand";
}

/** Checks that what the user says is of parameters. Error `usage/option`. */
export function requireParameters(parameters: readonly Parameter[], { trainable = [], frozen = [] }: Trained): void {
  const names = parameters.map((p) => p.name);
  for (const name of trainable) if (!names.includes(name)) refuse("trainable", name, names);
  for (const name of frozen) if (!names.includes(name)) refuse("frozen", name, names);
  const both = frozen.find((name) => trainable.includes(name));
  if (both !== undefined) throw new IsogradError("usage/option", `"${both}" is both trainable and frozen`, { fix: "leave it in one of the two" });
}

function refuse(option: string, name: string, names: readonly string[]): never {
  const near = nearest(name, names);
  throw new IsogradError("usage/option", `there is no parameter "${name}"`, {
    at: [option],
    ...(near ? { fix: `did you mean "${near}"?` } : { expected: names.slice(0, 5).join(", ") }),
  });
}

/** Tells whether −∞ in an input is a mask's: it holds what masks hold, or is only added to what enters a softmax. */
export const isMaskInput = (graph: Graph, name: string, value: Tensor): boolean =>
  looksLikeMask(value) || maskUse(graph, readers(graph), name, new Set()) !== undefined;

/** Tells whether a tensor holds only what masks hold, and more than one kind of it or an −∞. */
function looksLikeMask({ data }: Tensor): boolean {
  const kinds = new Set<string>();
  for (let i = 0; i < data.length; i++) {
    const v = data[i]!;
    if (v !== 0 && v !== 1 && !(v <= NEGATIVE)) return false;
    kinds.add(v === 0 ? "0" : v === 1 ? "1" : "-");
  }
  return kinds.size > 1 || kinds.has("-");
}

type Users = ReadonlyMap<string, readonly Node[]>;

/** Returns how a mask reaches the loss, in words; undefined where it is used otherwise. */
function maskUse(graph: Graph, users: Users, name: string, moving: ReadonlySet<string>): string | undefined {
  const uses = usesOf(users, name);
  if (uses.length === 0) return undefined;
  const ends = usesOf(users, name, (node, value) => takesConstant(graph, node, value) || joinsMasks(node, moving));
  if (ends.length > 0 && ends.every(({ node }) => isAddend(node) && entersSoftmax(graph, users, node)))
    return "a mask: it is added to what enters a softmax, and nothing else";
  const complements = uses.filter(({ node, value }) => isComplement(graph, node, value));
  const products = uses.filter(({ node }) => traitsOf(node).arithmetic === "product");
  if (complements.length > 0 && products.length > 0 && complements.length + products.length === uses.length)
    return "a mask: it is used as m and as 1 - m, and nothing else";
  return undefined;
}

/** Says of whole numbers that they are exponents of something that may be negative, and nothing else; undefined where they are not. */
function exponentUse(users: Users, makers: ReadonlyMap<string, Node>, name: string): string | undefined {
  const uses = usesOf(users, name);
  const fixed = uses.every(({ node, value }) => {
    const { exponent } = traitsOf(node);
    return exponent !== undefined && node.inputs[exponent] === value && node.inputs[0] !== value && !isPositive(makers.get(node.inputs[0]!));
  });
  return uses.length > 0 && fixed ? "a fixed exponent: what it is the power of may be negative" : undefined;
}

/** Tells whether a node keeps its values above some bound, as far as its op tells: powers with learned exponents stand behind such. */
function isPositive(node: Node | undefined): boolean {
  if (node === undefined) return false;
  const { clamps, rectifies, gate, probabilities } = traitsOf(node);
  return (clamps ?? gate ?? probabilities) !== undefined || rectifies === "flat";
}

const isAddend = (node: Node): boolean => traitsOf(node).arithmetic === "sum" || traitsOf(node).arithmetic === "difference";

/** Tells whether a node computes a value with nothing but numbers of the file of which there is one, as in (1 − m)·(−10⁴). */
const takesConstant = (graph: Graph, node: Node, value: string): boolean =>
  traitsOf(node).arithmetic !== undefined && node.inputs.every((v) => v === value || graph.initializers.get(v)?.data.length === 1);

/** Tells whether a node takes the logarithm of a mask, or multiplies it by what is not trained, another mask as a rule. */
const joinsMasks = (node: Node, moving: ReadonlySet<string>): boolean => {
  const { positive, arithmetic } = traitsOf(node);
  return (positive === true && arithmetic === undefined) || (arithmetic === "product" && !node.inputs.some((v) => moving.has(v)));
};

/** Where a value ends up: the nodes that do more than move, cast or repeat its elements, or what else is `passed` over, and the value that they take. */
function usesOf(
  users: Users,
  name: string,
  passed: (node: Node, value: string) => boolean = () => false,
): readonly { readonly node: Node; readonly value: string }[] {
  const found: { readonly node: Node; readonly value: string }[] = [];
  const stack = [name];
  while (stack.length > 0) {
    const value = stack.pop()!;
    for (const node of users.get(value) ?? []) {
      const { moves, casts } = traitsOf(node);
      if ((node.inputs[0] === value && (moves !== undefined || casts === true)) || passed(node, value)) stack.push(...node.outputs);
      else found.push({ node, value });
    }
  }
  return found;
}

/** Tells whether a sum only goes into a softmax, perhaps moved, scaled, or with more added. */
function entersSoftmax(graph: Graph, users: Users, sum: Node): boolean {
  const stack = [...sum.outputs];
  let reached = false;
  while (stack.length > 0) {
    const value = stack.pop()!;
    const own = users.get(value) ?? [];
    // An output is no softmax's.
    if (own.length === 0) return false;
    for (const node of own) {
      const { moves, casts, arithmetic, probabilities, pools } = traitsOf(node);
      if (probabilities === "axis") reached = true;
      else if (takesConstant(graph, node, value)) stack.push(...node.outputs);
      else if (moves !== undefined || casts || arithmetic === "sum" || arithmetic === "difference" || pools === "extremum")
        stack.push(...node.outputs);
      else if (node.origin !== undefined && traitsOf({ op: node.origin.op }).probabilities === "axis") reached = true;
      else return false;
    }
  }
  return reached;
}

/** Tells whether a node takes a value from 1. */
const isComplement = (graph: Graph, node: Node, value: string): boolean =>
  traitsOf(node).arithmetic === "difference" &&
  node.inputs[1] === value &&
  graph.initializers.get(node.inputs[0] ?? "")?.data.every((v: number) => v === 1) === true;
