import { modulePath, modulesOfParameter, sharedStart } from "../../graph/module-path.js";
import type { Graph, Node } from "../../graph/graph.js";
import { isFloat } from "../../graph/tensor.js";
import { passesGradient } from "../../ops/registry.js";
import { blockName } from "../../structure/block-site.js";
import type { BlockPlace } from "../../structure/parts.js";
import type { Trunks } from "../../structure/trunks.js";
import { list, plural } from "../../util/format.js";
import type { Prepared } from "./prepare.js";

/** What a check-up looked at, and what it did not. */
export interface Coverage {
  readonly output: string;
  /** Parameters that lie in a block of a trunk; the trunks are measured, and their chains judged. */
  readonly parametersJudged: number;
  /** Parameters of the file, but those that were set aside. */
  readonly parametersTotal: number;
  readonly blocks: number;
  readonly notLookedAt: readonly { readonly what: string; readonly why: string }[];
}

/** Returns what was looked at: parameters, blocks, the output; and by name what was not: other outputs, inputs without influence, parameters and why. */
export function coverageOf({ bound, output, parameters }: Prepared, { trunks, parameters: parts }: Trunks): Coverage {
  const { model, graph } = bound;
  const held = parameters.filter((p) => (parts.get(p.name)?.block ?? null) !== null);
  const judged = new Set(held.map((p) => p.name));
  const reasons = new Map<string, string[]>();
  const cutAt = cutters(graph, bound.valueOf(output) ?? output);
  for (const { name, reaches } of parameters.filter((p) => !judged.has(p.name))) {
    const why = reaches ? beside(trunks, parts.get(name)?.feeds) : cutAt(name);
    reasons.set(why, [...(reasons.get(why) ?? []), name]);
  }
  const beyond = model.graph.outputs.filter((o) => o !== output);
  const needed = new Set(graph.nodes.flatMap((n) => n.inputs));
  const unused = graph.inputs.map((i) => i.name).filter((v) => !needed.has(v));
  return {
    output,
    parametersJudged: held.length,
    parametersTotal: parameters.length,
    blocks: trunks.reduce((n, t) => n + t.blocks.length, 0),
    notLookedAt: [
      ...beyond.map((o) => ({ what: `output ${o}`, why: "it takes no part in the loss (--output chooses it)" })),
      ...unused.map((v) => ({ what: `input ${v}`, why: `the output ${output} does not depend on it` })),
      ...[...reasons].flatMap(([why, names]) => groupsOf(names).map((what) => ({ what, why }))),
    ],
  };
}

/** Says of parameters that lie in no block where what they compute goes. */
function beside(trunks: Trunks["trunks"], feeds: BlockPlace | undefined): string {
  const trunk = feeds && trunks[feeds.trunk];
  const block = trunk?.blocks[feeds!.block];
  return block === undefined ? "a gradient reaches it, but no block holds it" : `it lies beside the blocks, and feeds ${blockName(trunk!, block)}`;
}

/**
 * Answers why no gradient reaches a value: the node that cuts the path (`it is cut at Round (quantize ▸ Round)`), or that no path leads to the output. One walk
 * over the graph for each parameter that is asked about, each node once.
 */
function cutters(graph: Graph, target: string): (name: string) => string {
  const typeOf = (v: string): ReturnType<Graph["types"]["get"]> => graph.types.get(v);
  const leading = new Set([target]);
  const readers = new Map<string, Node[]>();
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const n = graph.nodes[i]!;
    if (!n.outputs.some((o) => leading.has(o))) continue;
    for (const v of new Set(n.inputs)) {
      if (v === "") continue;
      leading.add(v);
      const list = readers.get(v);
      if (list) list.push(n);
      else readers.set(v, [n]);
    }
  }
  return (name) => {
    const seen = new Set<string>();
    const stack = [name];
    while (stack.length > 0) {
      const v = stack.pop()!;
      if (seen.has(v)) continue;
      seen.add(v);
      for (const n of readers.get(v) ?? []) {
        // A cast to integers has a rule, but what it makes has no gradient.
        const floats = n.outputs.some((o) => isFloat(typeOf(o)?.dtype ?? "bool"));
        if (!floats || !n.inputs.some((i, k) => i === v && passesGradient(n, k, typeOf))) {
          const { node, op } = n.origin ?? { node: n.name, op: n.op };
          return `the gradient is cut at ${modulePath(node)} (${op}), which has none`;
        }
        stack.push(...n.outputs);
      }
    }
    return "no path leads from it to this output";
  };
}

/** Names of parameters by the modules that hold them: `enc.* (12 parameters)`, `alpha`. */
function groupsOf(names: readonly string[]): readonly string[] {
  const byFirst = new Map<string, string[]>();
  for (const name of names) {
    const first = modulesOfParameter(name)[0] ?? "";
    byFirst.set(first, [...(byFirst.get(first) ?? []), name]);
  }
  return [...byFirst].flatMap(([first, own]) => {
    if (first === "" || own.length === 1) return own.length > 3 ? [`${list(own)} (${plural(own.length, "parameter")})`] : own;
    return [`${sharedStart(own.map(modulesOfParameter)).join(".")}.* (${plural(own.length, "parameter")})`];
  });
}
