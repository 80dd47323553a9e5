import type { Graph, Node } from "../graph/graph.js";
import { isTensor } from "../graph/graph.js";
import { formatType } from "../graph/tensor.js";
import type { Tensor, ValueType } from "../graph/tensor.js";
import { invariant } from "../util/errors.js";
import { packed } from "./pack.js";
import { periodicRanges } from "./periods.js";
import { withRecomputation } from "./recompute.js";
import { narrowSegments } from "./segments.js";
import type { Piece, Plan, Step } from "./pieces.js";

export type { Plan } from "./pieces.js";

/** The most elements of a constant that is stored in a piece; larger constants and all weights are fed. */
const INLINE_LIMIT = 64;
/** The most nodes of a graph that is one piece: the time to create a session grows with the square of its nodes. */
const WHOLE_LIMIT = 6000;
/** The most nodes of a graph that is cut into few large pieces where few of the small ones would be equal, and of such a large piece. */
const UNSHARED_LIMIT = 20_000;
const LARGE_PIECE = 2000;
/** Approximate number of forward nodes in a piece. */
const PIECE_TARGET = 96;
/** The same where memory is short: a session keeps many of the values inside a piece alive. */
const LOW_MEMORY_TARGET = 24;

/** Options for cutting a graph into pieces. The defaults suit onnxruntime; tests cut small graphs with small limits. */
export interface PlanOptions {
  readonly wholeLimit?: number;
  readonly pieceTarget?: number;
  /** Tells whether the runtime can execute a node; others form pieces that the op files evaluate. Default: it can execute all. */
  readonly executes?: (node: Node) => boolean;
  /** Outputs that are not packed with others. */
  readonly alone?: ReadonlySet<string>;
  /** Cuts smaller pieces, and recomputes activations where the backward pass needs them. */
  readonly lowMemory?: boolean;
}

/** Plans the execution of a bound graph. Linear in the number of nodes. */
export function planGraph(graph: Graph, options: PlanOptions = {}): Plan {
  const executes = options.executes ?? (() => true);
  const planned = (groups: readonly Node[][]): Plan => {
    const packing = packed(
      graph,
      groups.flatMap((g) => splitByExecutor(g, executes)).filter((g) => g.length > 0),
      options.alone,
    );
    return { ...assemble(packing.graph, packing.groups, executes), parts: packing.parts };
  };
  if (options.lowMemory) {
    const plan = planned(cut(graph, options.pieceTarget ?? LOW_MEMORY_TARGET));
    const backward = new Set(graph.nodes.filter((n) => isBackward(n)).map((n) => n.name));
    return withRecomputation(plan, (step) => !plan.nodeNames[step]!.some((n) => backward.has(n)));
  }
  const count = graph.nodes.length;
  if (count <= (options.wholeLimit ?? WHOLE_LIMIT)) return planned([[...graph.nodes]]);
  const plan = planned(cut(graph, options.pieceTarget ?? PIECE_TARGET).flatMap((g) => chunks(g, LARGE_PIECE)));
  const distinct = plan.pieces.reduce((n, p) => n + p.graph.nodes.length, 0);
  const unshared = options.wholeLimit === undefined && count <= UNSHARED_LIMIT && distinct > count / 2;
  return unshared ? planned(chunks(graph.nodes, LARGE_PIECE)) : plan;
}

/** Divides nodes into the fewest groups of at most `most`, of about equal size; none where there are no nodes. */
function chunks(nodes: readonly Node[], most: number): Node[][] {
  const count = Math.ceil(nodes.length / most);
  const at = (i: number): number => Math.round((i * nodes.length) / count);
  return Array.from({ length: count }, (_, i) => nodes.slice(at(i), at(i + 1)));
}

/** Splits a group of nodes wherever the executor (runtime or op files) changes. */
function splitByExecutor(nodes: readonly Node[], executes: (node: Node) => boolean): Node[][] {
  const parts: Node[][] = [];
  let last: boolean | undefined;
  for (const n of nodes) {
    const now = executes(n);
    if (now !== last) parts.push([]);
    parts[parts.length - 1]!.push(n);
    last = now;
  }
  return parts;
}

const isBackward = (n: Node): boolean => n.origin?.role === "backward" || n.origin?.role === "tangent";

/** Groups nodes in execution order, respecting dependencies: the forward pieces, then the backward pieces in reverse order. */
function cut(graph: Graph, target: number): Node[][] {
  const forward = graph.nodes.filter((n) => !isBackward(n) && n.origin?.role !== "probe");
  const segments = narrowSegments(graph, forward);
  const keys = segments.map((s) => structureKey(graph, s));
  const pieces: Node[][] = [];
  for (const range of periodicRanges(
    keys,
    segments.map((s) => s.length),
    target,
  )) {
    pieces.push(segments.slice(range.from, range.to).flat());
  }
  const home = new Map<string, number>();
  pieces.forEach((nodes, i) => nodes.forEach((n) => home.set(n.name, i)));

  const groups: Node[][] = Array.from({ length: 2 * pieces.length }, () => []);
  const stepOf = new Map<string, number>();
  for (const node of graph.nodes) {
    const own = home.get(node.name);
    const origin = own === undefined && node.origin ? home.get(node.origin.node) : undefined;
    let step = own ?? (origin === undefined ? 0 : isBackward(node) ? 2 * pieces.length - 1 - origin : origin);
    for (const v of node.inputs) step = Math.max(step, stepOf.get(v) ?? 0);
    groups[step]!.push(node);
    for (const o of node.outputs) if (o !== "") stepOf.set(o, step);
  }
  return groups;
}

/** Returns a key that is equal for groups of nodes that one session can run: of equal ops, attributes, edges, types and inlined constants. */
function structureKey(graph: Graph, nodes: readonly Node[]): string {
  return localize(graph, nodes, () => false).key;
}

/** A group of nodes under local names. */
interface Local {
  readonly key: string;
  readonly nodes: readonly Node[];
  readonly names: ReadonlyMap<string, string>;
  /** Names in the plan of values from outside, in order of first use. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly inlined: readonly string[];
}

/** Renames the values of a group of nodes to canonical local names, and returns the key that groups of equal structure share. */
function localize(graph: Graph, nodes: readonly Node[], isOutput: (value: string) => boolean): Local {
  const names = new Map<string, string>([["", ""]]);
  const inputs: string[] = [];
  const outputs: string[] = [];
  const inlined: string[] = [];
  const key: string[] = [];
  const nameOf = (v: string): string => {
    let local = names.get(v);
    if (local !== undefined) return local;
    local = `v${names.size}`;
    names.set(v, local);
    const constant = graph.initializers.get(v);
    if (constant && graph.constants.has(v) && constant.data.length <= INLINE_LIMIT) {
      inlined.push(v);
      key.push(`${local}=${formatType(constant)}:${constant.data.join()}`);
    } else {
      inputs.push(v);
      key.push(`${local}:${formatType(graph.types.get(v)!)}`);
    }
    return local;
  };
  const local = nodes.map((n, i): Node => {
    const ins = n.inputs.map(nameOf);
    const outs = n.outputs.map((o) => {
      if (o === "") return "";
      const name = `v${names.size}`;
      names.set(o, name);
      if (isOutput(o)) outputs.push(o);
      return name;
    });
    key.push(`${n.domain}${n.op}(${ins.join()})${outs.join()}${attrsKey(n)}`);
    return { op: n.op, domain: n.domain, name: `n${i}`, inputs: ins, outputs: outs, attrs: n.attrs };
  });
  key.push(outputs.map((o) => names.get(o)).join());
  return { key: key.join("\n"), nodes: local, names, inputs, outputs, inlined };
}

const attrsKey = (n: Node): string =>
  Object.keys(n.attrs).length === 0
    ? ""
    : JSON.stringify(n.attrs, (_, v: unknown) =>
        isTensor(v as Tensor) ? [(v as Tensor).dtype, (v as Tensor).shape, Array.from((v as Tensor).data, String)] : v,
      );

/** Makes the pieces and steps for groups of nodes in execution order. */
function assemble(graph: Graph, groups: readonly (readonly Node[])[], executes: (node: Node) => boolean): Omit<Plan, "parts"> {
  const definedIn = new Map<string, number>();
  groups.forEach((g, i) => g.forEach((n) => n.outputs.forEach((o) => definedIn.set(o, i))));
  const crosses = new Set(graph.outputs);
  const lastStep = new Map<string, number>();
  groups.forEach((g, i) => {
    for (const n of g) {
      for (const v of n.inputs) {
        if (definedIn.get(v) !== i) {
          crosses.add(v);
          lastStep.set(v, i);
        }
      }
    }
  });
  const weights = new Map<string, Tensor>();
  const pieces: Piece[] = [];
  const pieceOf = new Map<string, number>();
  const kept = new Set([...graph.outputs, ...graph.initializers.keys(), ...graph.inputs.map((i) => i.name)]);
  const freeAt: string[][] = groups.map(() => []);
  for (const [v, i] of lastStep) if (!kept.has(v)) freeAt[i]!.push(v);

  const steps = groups.map((nodes, i): Step => {
    const local = localize(graph, nodes, (v) => crosses.has(v));
    let piece = pieceOf.get(local.key);
    if (piece === undefined) {
      piece = pieces.length;
      pieceOf.set(local.key, piece);
      pieces.push({ graph: pieceGraph(graph, local), evaluated: !executes(nodes[0]!) });
    }
    for (const v of local.inputs) {
      const t = graph.initializers.get(v);
      if (t) weights.set(v, t);
    }
    const pair = (v: string): readonly [string, string] => [local.names.get(v)!, v];
    return { piece, feeds: local.inputs.map(pair), fetches: local.outputs.map(pair), free: freeAt[i]! };
  });
  // An output that is itself an input or a weight needs no step: the runtime returns it as it is.
  for (const o of graph.outputs) {
    const t = graph.initializers.get(o);
    if (t && !definedIn.has(o)) weights.set(o, t);
  }
  return {
    pieces,
    steps,
    weights,
    inputs: graph.inputs.map((i) => i.name),
    outputs: graph.outputs,
    nodeNames: groups.map((g) => g.map((n) => n.name)),
  };
}

/** Makes the graph of a piece from a group of nodes under local names. */
function pieceGraph(graph: Graph, local: Local): Graph {
  const types = new Map<string, ValueType>();
  for (const [v, name] of local.names) {
    const t = graph.types.get(v);
    if (t) types.set(name, t);
    else invariant(v === "", `value "${v}" has no type`);
  }
  return {
    name: graph.name,
    inputs: local.inputs.map((v) => ({ name: local.names.get(v)!, ...graph.types.get(v)! })),
    outputs: local.outputs.map((v) => local.names.get(v)!),
    initializers: new Map(local.inlined.map((v) => [local.names.get(v)!, graph.initializers.get(v)!])),
    constants: new Set(local.inlined.map((v) => local.names.get(v)!)),
    nodes: local.nodes,
    types,
  };
}
