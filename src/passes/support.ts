import type { Graph, Node } from "../graph/graph.js";
import { isGraph } from "../graph/graph.js";
import { opNamed, traitsOf } from "../ops/registry.js";
import { IsogradError, nearest } from "../util/errors.js";
import { list, plural } from "../util/format.js";

/** Reasons why families of ops are not supported, by a pattern of their names. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^(Quantize|Dequantize|DynamicQuantize|QLinear|ConvInteger|MatMulInteger)/, "quantised"],
  [/^Optional/, "optionals are not tensors"],
  [/^(String|Regex|TfIdf|LabelEncoder)/, "strings"],
];

/** Throws one error `op/unsupported` that lists every unsupported op among `nodes` and their loop bodies, with counts and node names. */
export function refuseUnsupported(nodes: readonly Node[]): void {
  const found = new Map<string, string[]>();
  const visit = (node: Node): void => {
    if (!opNamed(node.op, node.domain)) {
      const key = node.domain === "" ? node.op : `${node.domain}::${node.op}`;
      const nodesOfOp = found.get(key);
      if (nodesOfOp) nodesOfOp.push(node.name);
      else found.set(key, [node.name]);
    }
    // Only one branch runs: it is checked once the condition is known.
    if (traitsOf(node).branches) return;
    for (const attr of Object.values(node.attrs)) if (isGraph(attr)) attr.nodes.forEach(visit);
  };
  nodes.forEach(visit);
  if (found.size === 0) return;
  const parts = [...found].map(([op, names]) => {
    const reason = REASONS.find(([pattern]) => pattern.test(op))?.[1];
    return `${op} ×${names.length} (${reason ? `${reason}; ` : ""}${list(names)})`;
  });
  throw new IsogradError(
    "op/unsupported",
    `the network uses ${plural(found.size, "op that is", "ops that are")} not supported: ${parts.join("; ")}`,
    {
      fix: "see docs/ops.md for the supported ops, and export the network without these",
    },
  );
}

/** Errors `graph/invalid`, `loss/kind`: a graph without outputs, or one that has no value of a wanted name. */
export function refuseUnknownOutputs(g: Graph, outputs: readonly string[]): void {
  if (g.outputs.length === 0) throw new IsogradError("graph/invalid", "the network has no outputs", { fix: "the file is damaged: export it again" });
  const values = new Set([...g.inputs.map((i) => i.name), ...g.initializers.keys(), ...g.nodes.flatMap((n) => n.outputs)]);
  values.delete("");
  for (const name of outputs) {
    if (values.has(name)) continue;
    if (g.outputs.includes(name))
      throw new IsogradError("graph/invalid", `the output "${name}" is never defined`, { fix: "the file is damaged: export it again" });
    const near = nearest(name, g.outputs);
    throw new IsogradError("loss/kind", `the network has no value "${name}"`, {
      expected: g.outputs.join(", "),
      ...(near ? { fix: `did you mean "${near}"?` } : {}),
    });
  }
}
