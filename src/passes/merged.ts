import type { Graph, Merged, Model, Node } from "../graph/graph.js";
import { isMadeUp } from "../graph/module-path.js";
import { isFloat } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { traitsOf } from "../ops/registry.js";
import { isUniform, nameAt, rewired, usesIn } from "./tensor-uses.js";
import type { Use } from "./tensor-uses.js";

// Exporters and optimisers store tensors that hold the same numbers once. In a network as it was made these are many: weights of norms and running variances are all
// ones, biases and running means all zeros, and layers that were copied are alike. What is one Parameter in the program (a tied embedding, a module that runs twice) is
// traced under one name, so that a second name shows a tensor of its own.

/** PyTorch's names for tensors that it computed. */
const COMPUTED = /^onnx::\w+_\d+$/;
/** Values of PaddlePaddle that are computed, though dots stand in their names. */
const COMPUTED_VALUE = /^p2o\.|\.tmp_\d+$/;

/**
 * Gives each tensor that an exporter merged with an equal one a place of its own again, under its name, so that it has a gradient and takes weights of its own. An
 * Identity of an initializer whose output is called like a parameter is such a tensor, whatever it holds. One initializer that nodes of several modules take without an
 * Identity is several tensors where its elements are one number, as initialisers make them; any other may be tied, and stays one.
 */
export function splitMerged(model: Model): Model {
  const named = withoutAliases(model.graph, /^pytorch\b/i.test(model.producer));
  const byName = [...(model.merged ?? []), ...named.merged];
  // An exporter that names what it merges tells what it did not: what nodes share besides is one parameter.
  const placed = byName.some((m) => m.by === "name") ? { graph: named.graph, merged: [] } : apartByPlace(named.graph);
  const merged = [...byName, ...placed.merged];
  if (placed.graph === model.graph) return model;
  return { ...model, graph: placed.graph, ...(merged.length > 0 ? { merged } : {}) };
}

interface Split {
  readonly graph: Graph;
  readonly merged: readonly Merged[];
}

/** Makes initializers of Identity nodes that have a parameter's name. */
function withoutAliases(graph: Graph, torch: boolean): Split {
  const initializers = new Map(graph.initializers);
  const dropped = new Set<Node>();
  const merged: Merged[] = [];
  let uses: ReadonlyMap<string, readonly Use[]> | undefined;
  for (const node of graph.nodes) {
    const [from = "", alias = ""] = [node.inputs[0], node.outputs[0]];
    const value = initializers.get(from);
    if (!value || !isFloat(value.dtype) || graph.constants.has(from) || graph.outputs.includes(alias) || initializers.has(alias)) continue;
    if (!isIdentity(node) || !isTensorName(alias, from, node, value, torch)) continue;
    uses ??= usesIn(graph);
    const alone = uses.get(from)!.length === 1 && !graph.outputs.includes(from);
    // What nothing else takes was not merged: it has another name.
    if (alone && !(isMadeUp(from) && alias.includes("."))) continue;
    initializers.set(alias, value);
    dropped.add(node);
    if (alone) initializers.delete(from);
    else merged.push({ name: alias, of: from, by: "name" });
  }
  if (dropped.size === 0) return { graph, merged };
  return { graph: { ...graph, initializers, nodes: graph.nodes.filter((n) => !dropped.has(n)) }, merged };
}

/** Tells whether a node gives its input back. */
function isIdentity(node: Node): boolean {
  const { elementwise, moves } = traitsOf(node);
  return elementwise === true && moves === "rearranges" && node.inputs.length === 1;
}

/**
 * Tells whether the output of an Identity is called like a tensor of the program: with dots between modules, or, where the exporter computed both, by its numbers. In files
 * of PyTorch's own one without dots is a parameter of the whole network if the node lies in no module, as those that the exporter adds: what a program copies lies in one.
 */
function isTensorName(alias: string, from: string, node: Node, value: Tensor, torch: boolean): boolean {
  if (alias === "" || alias.includes("/") || alias.includes(":0") || COMPUTED_VALUE.test(alias)) return false;
  if (COMPUTED.test(alias)) return COMPUTED.test(from) || isUniform(value);
  if (alias.includes(".")) return true;
  if (!torch) return false;
  return /^\d+$/.test(alias) ? /^\d+$/.test(from) : node.name.startsWith(`${node.op}_`) && !alias.startsWith(node.op) && !isMadeUp(alias);
}

/** Splits initializers of one number by the modules of the nodes that take them. */
function apartByPlace(graph: Graph): Split {
  const uniform = [...graph.initializers].filter(([name, t]) => isFloat(t.dtype) && !graph.constants.has(name) && !isMadeUp(name) && isUniform(t));
  if (uniform.length === 0) return { graph, merged: [] };
  const uses = usesIn(graph);
  const initializers = new Map(graph.initializers);
  const taken = new Set([...initializers.keys(), ...graph.inputs.map((i) => i.name), ...graph.nodes.flatMap((n) => n.outputs)]);
  const changes = new Map<Node, Map<number, string>>();
  const merged: Merged[] = [];
  for (const [name, value] of uniform) {
    const own = uses.get(name) ?? [];
    if (own.length < 2) continue;
    const groups = new Map<string, Use[]>();
    let known = 0;
    for (const use of own) {
      const at = nameAt(use, name, own);
      if (at === undefined) continue;
      known++;
      groups.set(at, [...(groups.get(at) ?? []), use]);
    }
    // The tensor keeps its own place, or else places that nothing tells, or else the first.
    if (!groups.delete(name) && known === own.length) groups.delete(groups.keys().next().value!);
    for (const [place, group] of groups) {
      if (taken.has(place)) continue;
      taken.add(place);
      initializers.set(place, value);
      merged.push({ name: place, of: name, by: "place" });
      for (const { node, port } of group) changes.set(node, (changes.get(node) ?? new Map<number, string>()).set(port, place));
    }
  }
  return merged.length === 0 ? { graph, merged } : { graph: { ...rewired(graph, changes), initializers }, merged };
}
