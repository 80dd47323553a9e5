import { isGraph, isTensor } from "./graph.js";
import type { Attr, Graph } from "./graph.js";
import { formatShape, formatType } from "./tensor.js";

/** Prints a graph as text, one line for each node: `y: float32[2, 3] = Relu(x)`. The text is stable, so that a changed gradient shows as a diff. */
export function printGraph(graph: Graph): string {
  const typed = (v: string): string => {
    const t = graph.types.get(v);
    return t ? `${v}: ${formatType(t)}` : v;
  };
  const lines = [`graph ${graph.name}(${graph.inputs.map((i) => typed(i.name)).join(", ")})`];
  for (const [name, t] of graph.initializers) {
    const values = t.data.length <= 8 ? ` = ${Array.from(t.data).join(" ")}` : "";
    lines.push(`  ${graph.constants.has(name) ? "constant" : "weight"} ${name}: ${formatType(t)}${values}`);
  }
  for (const n of graph.nodes) {
    const attrs = Object.entries(n.attrs).map(([k, v]) => `${k}=${printAttr(v)}`);
    const op = n.domain === "" ? n.op : `${n.domain}::${n.op}`;
    lines.push(`  ${n.outputs.map(typed).join(", ")} = ${op}(${n.inputs.join(", ")})${attrs.length > 0 ? ` {${attrs.join(", ")}}` : ""}`);
  }
  lines.push(`  return ${graph.outputs.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

function printAttr(a: Attr): string {
  if (isTensor(a)) return formatType(a) + (a.data.length <= 8 ? `(${Array.from(a.data).join(" ")})` : "");
  if (isGraph(a)) return `graph ${a.name}`;
  return Array.isArray(a) ? formatShape(a as readonly (number | string)[]) : String(a);
}
