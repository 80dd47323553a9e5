import type { Graph } from "../../src/graph/graph.js";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { DType, Tensor } from "../../src/graph/tensor.js";
import { stream } from "../../src/util/random.js";
import { Net } from "../doctor/support.js";

/** A small random network with a batch, and what is known of it by construction. */
export interface Subject {
  readonly name: string;
  readonly graph: Graph;
  readonly batch: ReadonlyMap<string, Tensor>;
  readonly target: Tensor;
  readonly examples: number;
  readonly mixes: boolean | undefined;
  /** Blocks with a branch, by the value that the block's fork ends with: where the branch leaves, and the nodes that take it. */
  readonly branches: Readonly<Record<string, { readonly from: string; readonly users: readonly string[] }>>;
}

export const normals = (seed: number, key: string, shape: readonly number[], scale = 1, dtype: DType = "float32"): Tensor => {
  const random = stream(seed, key);
  return tensor(
    dtype,
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => scale * random.normal(i)),
  );
};

/** The same network in float32, as a file holds it. */
export function single(graph: Graph): Graph {
  return {
    ...graph,
    inputs: graph.inputs.map((i) => (i.dtype === "float64" ? { ...i, dtype: "float32" } : i)),
    initializers: new Map([...graph.initializers].map(([k, t]) => [k, t.dtype === "float64" ? tensor("float32", t.shape, t.data) : t])),
  };
}

type Branches = Record<string, { from: string; users: string[] }>;

const lastNode = (net: Net): string => net.nodes[net.nodes.length - 1]!.name;

/** Layers with shortcuts around two of them; a layer whose units are dead; an example of zeros. */
function dense(seed: number, n: number, width: number): Subject {
  const net = new Net([n, width], seed);
  const branches: Branches = {};
  let x = net.tanh(net.linear("x", "stem", width, width));
  for (let i = 0; i < 3; i++) {
    const from = x;
    const a = net.linear(from, `a${i}`, width, width + 2);
    const users = [lastNode(net)];
    x = net.add(from, net.linear(net.relu(a), `b${i}`, width + 2, width));
    branches[x] = { from, users };
  }
  const dead = net.op("Add", [net.linear(x, "dead", width, width), net.weight("bias", [width], (i) => (i % 3 === 0 ? -1000 : 0))]);
  const y = net.linear(net.relu(dead), "head", width, 3);
  const input = normals(seed, "x", [n, width]);
  if (n > 2) input.data.fill(0, width, 2 * width);
  const target = normals(seed, "t", [n, 3]);
  return {
    name: `dense, ${n}×${width}`,
    graph: single(net.graph(y)),
    batch: new Map([["x", input]]),
    target,
    examples: n,
    mixes: n > 1 ? false : undefined,
    branches,
  };
}

/** Convolutions: a shortcut, a projection, features kept side by side; with norms over the batch where asked. */
function conv(seed: number, n: number, norms: boolean): Subject {
  const net = new Net([n, 2, 5, 5], seed);
  const branches: Branches = {};
  const norm = (v: string, name: string, channels: number): string => (norms ? net.batchNorm(v, name, channels) : v);
  let x = net.relu(norm(net.conv("x", "stem", 2, 3), "n0", 3));
  let from = x;
  let a = net.conv(from, "c1", 3, 3);
  let users = [lastNode(net)];
  x = net.add(net.conv(net.relu(norm(a, "n1", 3)), "c2", 3, 3), from);
  branches[x] = { from, users };
  x = net.relu(x);
  from = x;
  a = net.conv(from, "c3", 3, 4, { bias: true });
  users = [lastNode(net)];
  a = net.conv(net.relu(norm(a, "n2", 4)), "c4", 4, 4);
  const projected = net.op("Conv", [from, net.normal("p.weight", [4, 3, 1, 1], 0.6)], { kernel_shape: [1, 1] });
  x = net.add(a, projected);
  branches[x] = { from, users };
  from = net.relu(x);
  a = net.conv(from, "c5", 4, 2);
  users = [lastNode(net)];
  x = net.op("Concat", [from, net.tanh(a)], { axis: 1 });
  branches[x] = { from, users };
  const y = net.linear(net.op("Flatten", [net.op("GlobalAveragePool", [net.relu(net.conv(x, "c6", 6, 4))])], { axis: 1 }), "head", 4, 3);
  const batch = new Map([["x", normals(seed, "x", [n, 2, 5, 5])]]);
  const target = normals(seed, "t", [n, 3]);
  return {
    name: `convolutions${norms ? " and norms" : ""}, ${n}`,
    graph: single(net.graph(y)),
    batch,
    target,
    examples: n,
    mixes: n > 1 ? norms : undefined,
    branches,
  };
}

/** Embedded tokens, a norm before the branch, a saturated activation. */
function tokens(seed: number, n: number, t: number): Subject {
  const net = new Net([n, t], seed);
  const branches: Branches = {};
  let x = net.op("Gather", [net.normal("table", [7, 6], 1), "x"]);
  for (let i = 0; i < 2; i++) {
    const from = x;
    const h = net.layerNorm(from, `ln${i}`, 6);
    const users = [lastNode(net)];
    x = net.add(from, net.linear(net.op("Sigmoid", [net.linear(h, `u${i}`, 6, 8, 100)]), `d${i}`, 8, 6));
    branches[x] = { from, users };
  }
  const y = net.linear(net.op("ReduceMean", [x, net.ints("axis", [1])], { keepdims: 0 }), "head", 6, 2);
  const random = stream(seed, "tokens");
  const ids = tensor(
    "int64",
    [n, t],
    Float64Array.from({ length: n * t }, (_, i) => Math.floor(7 * random.uniform(i))),
  );
  const raw = net.graph(y);
  const graph: Graph = single({ ...raw, inputs: [{ name: "x", dtype: "int64", shape: [n, t] }] });
  return {
    name: `tokens, ${n}×${t}`,
    graph,
    batch: new Map([["x", ids]]),
    target: normals(seed, "t", [n, 2]),
    examples: n,
    mixes: n > 1 ? false : undefined,
    branches,
  };
}

/** Axis 0 is time: each step takes the sum of what came before, or of what comes. */
function steps(seed: number, t: number, reverse: boolean): Subject {
  const net = new Net([t, 2, 4], seed);
  const h = net.tanh(net.linear("x", "a", 4, 5));
  const s = net.op("CumSum", [h, net.ints("zero", [0])], { reverse: reverse ? 1 : 0 });
  const y = net.linear(net.tanh(net.linear(s, "b", 5, 5)), "c", 5, 2);
  const batch = new Map([["x", normals(seed, "x", [t, 2, 4])]]);
  return {
    name: `steps, ${t}${reverse ? " backwards" : ""}`,
    graph: single(net.graph(y)),
    batch,
    target: normals(seed, "t", [t, 2, 2]),
    examples: t,
    mixes: true,
    branches: {},
  };
}

/** Networks of many shapes, for a seed. */
export function subjects(seed: number): readonly Subject[] {
  return [
    dense(seed, 1, 4),
    dense(seed, 4, 5),
    dense(seed, 7, 3),
    conv(seed, 1, false),
    conv(seed, 3, false),
    conv(seed, 4, true),
    tokens(seed, 3, 5),
    tokens(seed, 1, 4),
    steps(seed, 2, false),
    steps(seed, 2, true),
    steps(seed, 4, true),
  ];
}
