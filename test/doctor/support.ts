import { expect } from "vitest";
import { FINDINGS, examine } from "../../src/doctor/index.js";
import type { Evidence } from "../../src/doctor/evidence.js";
import type { Finding } from "../../src/doctor/finding.js";
import { findingOf } from "../../src/doctor/rule.js";
import type { Site } from "../../src/graph/site.js";
import type { Attr, Graph, Node } from "../../src/graph/graph.js";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { bind } from "../../src/passes/bind.js";
import { checkReadings } from "../../src/probe/check-readings.js";
import { measurementGraph } from "../../src/probe/measurement.js";
import type { Measurement } from "../../src/probe/measurement.js";
import type { Quantity } from "../../src/probe/quantities.js";
import { Readings } from "../../src/probe/readings.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { structureOf } from "../../src/structure/structure.js";
import { withNonFinite } from "../../src/util/json.js";
import { stream } from "../../src/util/random.js";
import type { JudgedChain } from "../../src/verdict/chains.js";
import { gravest, judgeChains } from "../../src/verdict/chains.js";
import type { Spread, Verdict } from "../../src/verdict/types.js";

/** Writes a network down node by node, as a file would hold it. */
export class Net {
  readonly nodes: Node[] = [];
  readonly weights = new Map<string, Tensor>();
  #made = 0;

  constructor(
    readonly shape: readonly number[],
    readonly seed = 1,
  ) {}

  op(op: string, inputs: readonly string[], attrs: Record<string, Attr> = {}, name = `${op}_${this.nodes.length}`, outputs = 1): string {
    const made = Array.from({ length: outputs }, (_, i) => (i === 0 ? `v${this.#made++}` : `${name}_out${i}`));
    this.nodes.push({ op, domain: "", name, inputs, outputs: made, attrs });
    return made[0]!;
  }

  weight(name: string, shape: readonly number[], value: number | ((i: number) => number)): string {
    const at = typeof value === "number" ? () => value : value;
    this.weights.set(
      name,
      tensor(
        "float64",
        shape,
        Float64Array.from({ length: sizeOf(shape) }, (_, i) => at(i)),
      ),
    );
    return name;
  }

  normal(name: string, shape: readonly number[], std: number): string {
    const random = stream(this.seed, name);
    return this.weight(name, shape, (i) => std * random.normal(i));
  }

  ints(name: string, values: readonly number[]): string {
    this.weights.set(name, tensor("int64", [values.length], values));
    return name;
  }

  /** x·W with variance `scale`/fan-in. */
  linear(x: string, name: string, from: number, to: number, scale = 2): string {
    return this.op("MatMul", [x, this.normal(`${name}.weight`, [from, to], Math.sqrt(scale / from))], {}, `/${name.replaceAll(".", "/")}/MatMul`);
  }

  conv(x: string, name: string, from: number, to: number, options: { pad?: number; bias?: boolean; group?: number; scale?: number } = {}): string {
    const { pad = 1, group = 1, scale = 2 } = options;
    const fan = (from / group) * 9;
    const inputs = [x, this.normal(`${name}.weight`, [to, from / group, 3, 3], Math.sqrt(scale / fan))];
    if (options.bias) inputs.push(this.normal(`${name}.bias`, [to], 0.1));
    return this.op("Conv", inputs, { kernel_shape: [3, 3], pads: [pad, pad, pad, pad], group }, `/${name.replaceAll(".", "/")}/Conv`);
  }

  batchNorm(x: string, name: string, channels: number, options: { training?: boolean; mean?: number; var?: number; scale?: number } = {}): string {
    const inputs = [
      x,
      this.weight(`${name}.weight`, [channels], options.scale ?? 1),
      this.weight(`${name}.bias`, [channels], 0),
      this.weight(`${name}.running_mean`, [channels], options.mean ?? 0),
      this.weight(`${name}.running_var`, [channels], options.var ?? 1),
    ];
    const training = options.training ?? true;
    return this.op(
      "BatchNormalization",
      inputs,
      { training_mode: training ? 1 : 0 },
      `/${name.replaceAll(".", "/")}/BatchNormalization`,
      training ? 3 : 1,
    );
  }

  layerNorm(x: string, name: string, width: number): string {
    return this.op("LayerNormalization", [x, this.weight(`${name}.weight`, [width], 1), this.weight(`${name}.bias`, [width], 0)], { axis: -1 });
  }

  relu = (x: string): string => this.op("Relu", [x]);
  tanh = (x: string): string => this.op("Tanh", [x]);
  add = (a: string, b: string): string => this.op("Add", [a, b]);
  times(x: string, name: string, factor: number): string {
    return this.op("Mul", [x, this.weight(name, [1], factor)]);
  }

  graph(output: string): Graph {
    return {
      name: "net",
      inputs: [{ name: "x", dtype: "float64", shape: this.shape }],
      outputs: [output],
      initializers: this.weights,
      constants: new Set(),
      nodes: this.nodes,
      types: new Map(),
    };
  }
}

export interface EvidenceOptions {
  readonly seed?: number;
  readonly batches?: number;
  readonly mixing?: boolean;
  readonly input?: (i: number) => number;
  readonly output?: string;
}

/** Evidence by real measurement: the reference runtime in float64, drawn inputs and one drawn cotangent. */
export function evidenceOf(graph: Graph, options: EvidenceOptions = {}): Evidence {
  const bound = bind({ graph, name: "net.onnx", opset: 20, producer: "" });
  const target = bound.graph.outputs[0]!;
  const structure = structureOf(bound, target);
  const shape = graph.inputs[0]!.shape as readonly number[];
  const examples = shape[0]!;
  const made = measurementGraph(bound, structure, { examples });
  const mixing = options.mixing ?? graph.nodes.some((n) => n.op === "BatchNormalization" && n.attrs["training_mode"] === 1);
  const runs = Array.from({ length: options.batches ?? (mixing ? 8 : 1) }, (_, batch): Measurement => {
    const draw = (name: string): ((i: number) => number) => {
      const random = stream(options.seed ?? 1, `${name}/${batch}`);
      return (i) => random.normal(i);
    };
    const filled = (s: readonly number[], f: (i: number) => number): Tensor =>
      tensor(
        "float64",
        s,
        Float64Array.from({ length: sizeOf(s) }, (_, i) => f(i)),
      );
    const cotangent = made.cotangentInput!;
    const feeds = new Map([
      ["x", filled(shape, options.input ?? draw("x"))],
      [cotangent, filled(made.graph.types.get(cotangent)!.shape, draw("cotangent"))],
    ]);
    const values = evaluateGraph(made.graph, feeds);
    return made.read((v) => values.get(v)!);
  });
  const measured = checkReadings(bound, structure, runs);
  const chains = judgeChains({ trunks: [structure], starts: [{ cut: 0, block: 0 }], measured, mixing, mend: false });
  const chain = gravest(chains);
  return {
    bound,
    structure,
    ...measured,
    chains,
    chain,
    verdict: chain.verdict,
    examples,
    mixing,
    zeroExamples: chain.profiles.zeroExamples,
    cure: null,
    nonFinite: undefined,
    nonFiniteIn: bound.graph,
    curvature: undefined,
    lossScale: undefined,
  };
}

/**
 * What is found, and that each finding tells no more than its record holds: its facts survive JSON under their rule's schema, and its sentences
 * are made again from site and facts read back.
 */
export function findings(e: Evidence): readonly Finding[] {
  const found = examine(e);
  for (const f of found) {
    const rule = FINDINGS.find((r) => r.id === f.rule)!;
    const read = JSON.parse(JSON.stringify(f, withNonFinite)) as { severity: Finding["severity"]; site: Site; facts: unknown };
    const facts = rule.facts.parse(read.facts);
    expect(facts, f.rule).toEqual(f.facts);
    expect(findingOf(rule, { severity: read.severity, site: read.site, facts }), f.rule).toEqual(f);
    expect(
      [f.where, f.evidence, f.why, f.remedy].filter((text) => text.trim() === "" || /undefined|NaN,|\[object/.test(text)),
      f.rule,
    ).toEqual([]);
  }
  return found;
}

/** The findings of one rule. */
export const of = (e: Evidence, rule: string): readonly Finding[] => findings(e).filter((f) => f.rule === rule);

/** What is found, above a mere remark. */
export const grave = (e: Evidence): readonly string[] =>
  findings(e)
    .filter((f) => f.severity !== "info")
    .map((f) => `${f.rule}: ${f.where}: ${f.evidence}`);

/** A copy of the evidence with other readings of a quantity, of the whole of every batch: by the position of the site in the list; undefined for none. */
export function withReadings(e: Evidence, quantity: Quantity, sites: readonly number[], value: (i: number) => number | undefined): Evidence {
  const readings = new Readings(e.readings.sites);
  for (let i = 0; i < e.readings.length; i++) {
    const r = e.readings.get(i);
    if (r.quantity !== quantity || !sites.includes(r.site)) readings.add(r.quantity, r.site, r.value, r);
  }
  for (let batch = 0; batch < e.readings.batches(); batch++)
    sites.forEach((site, i) => {
      const v = value(i);
      if (v !== undefined) readings.add(quantity, site, v, { batch });
    });
  return { ...e, readings };
}

/** A copy of the evidence in which the gradient of every parameter loses as much in half precision; and the loss, where there is one. */
export function withLost(e: Evidence, lost: { float16: number; bfloat16: number; lnLargest: number; loss?: number | undefined }): Evidence {
  const sites = e.places.parameters.map((p) => p.site);
  const of = { "lost-float16": lost.float16, "lost-bfloat16": lost.bfloat16, "live-share": 1, "ln-largest-gradient": lost.lnLargest } as const;
  const changed = Object.entries(of).reduce((made, [quantity, v]) => withReadings(made, quantity as Quantity, sites, () => v), e);
  return withReadings(changed, "loss", [e.places.network], () => lost.loss);
}

export interface ChainOptions {
  readonly depth: number;
  readonly width?: number;
  readonly examples?: number;
  readonly scale?: number;
  readonly seed?: number;
  readonly act?: "relu" | "tanh";
  readonly norm?: boolean;
}

/** Linear → (BatchNorm) → activation, `depth` times, then a classifier. */
export function chain({ depth, width = 64, examples = 16, scale = 2, seed = 1, act = "relu", norm = false }: ChainOptions): Graph {
  const net = new Net([examples, width], seed);
  let x = "x";
  for (let i = 0; i < depth; i++) {
    x = net.linear(x, `layers.${i}.fc`, width, width, scale);
    if (norm) x = net.batchNorm(x, `layers.${i}.bn`, width);
    x = net[act](x);
  }
  return net.graph(net.linear(x, "head", width, 10, 1));
}

export interface ResidualOptions {
  readonly depth: number;
  readonly width?: number;
  readonly examples?: number;
  readonly order?: "bare" | "pre" | "post" | "batch-inside" | "batch-after";
  readonly branchScale?: number;
  readonly shortcutScale?: number;
  readonly scale?: number;
  readonly training?: boolean;
}

/** Residual blocks of one layer, W·ReLU(x) in the branch. */
export function residual(options: ResidualOptions): Graph {
  const { depth, width = 64, examples = 16, order = "bare", scale = 2, branchScale, shortcutScale, training = true } = options;
  const net = new Net([examples, width]);
  let x = net.linear("x", "stem", width, width, 1);
  for (let i = 0; i < depth; i++) {
    let f = x;
    if (order === "pre") f = net.layerNorm(f, `blocks.${i}.ln`, width);
    if (order === "batch-inside") f = net.batchNorm(f, `blocks.${i}.bn`, width, { training });
    f = net.linear(net.relu(f), `blocks.${i}.fc`, width, width, scale);
    if (branchScale !== undefined) f = net.times(f, `blocks.${i}.alpha`, branchScale);
    const kept = shortcutScale === undefined ? x : net.times(x, `blocks.${i}.lambda`, shortcutScale);
    x = net.add(kept, f);
    if (order === "post") x = net.layerNorm(x, `blocks.${i}.ln`, width);
    if (order === "batch-after") x = net.batchNorm(x, `blocks.${i}.bn`, width, { training });
  }
  return net.graph(net.linear(x, "head", width, 10, 1));
}

/** An unrolled tanh network over time, fed at every step. */
export function elman(steps: number, gain: number, width = 64, examples = 8): Graph {
  const net = new Net([examples, steps, width]);
  net.normal("hh.weight", [width, width], gain / Math.sqrt(width));
  net.normal("ih.weight", [width, width], 0.1 / Math.sqrt(width));
  let h = "";
  for (let t = 0; t < steps; t++) {
    const at = net.op("Gather", ["x", net.ints(`t${t}`, [t])], { axis: 1 });
    const row = net.op("Squeeze", [at, net.ints(`axis${t}`, [1])]);
    const fed = net.op("MatMul", [row, "ih.weight"]);
    h = net.tanh(h === "" ? fed : net.add(fed, net.op("MatMul", [h, "hh.weight"])));
  }
  return net.graph(net.linear(h, "head", width, 10, 1));
}

/** conv → (BatchNorm) → ReLU, then pooling and a classifier. */
export function convolutions(options: {
  depth: number;
  channels?: number;
  size?: number;
  examples?: number;
  norm?: boolean;
  bias?: boolean;
  pad?: number;
  training?: boolean;
  seed?: number;
}): Graph {
  const { depth, channels = 16, size = 8, examples = 4, norm = false, bias = false, pad = 1, training = true, seed = 1 } = options;
  const net = new Net([examples, channels, size, size], seed);
  let x = "x";
  for (let i = 0; i < depth; i++) {
    x = net.conv(x, `features.${i}.conv`, channels, channels, { bias, pad });
    if (norm) x = net.batchNorm(x, `features.${i}.bn`, channels, { training });
    x = net.relu(x);
  }
  const pooled = net.op("Flatten", [net.op("GlobalAveragePool", [x])], { axis: 1 });
  return net.graph(net.linear(pooled, "head", channels, 10, 1));
}

/** A residual network of convolutions as an inference export leaves it. */
export function folded({ bias = true, names = (s: string): string => s } = {}): Graph {
  const net = new Net([2, 8, 6, 6]);
  let x = net.relu(net.conv("x", "stem", 8, 8, { bias }));
  for (let i = 0; i < 3; i++) {
    const f = net.conv(net.relu(net.conv(x, `b${i}.c1`, 8, 8, { bias })), `b${i}.c2`, 8, 8, { bias });
    x = net.relu(net.add(x, f));
  }
  const g = net.graph(net.linear(net.op("Flatten", [net.op("GlobalAveragePool", [x])], { axis: 1 }), "fc", 8, 4, 1));
  return {
    ...g,
    initializers: new Map([...g.initializers].map(([k, v]) => [names(k), v])),
    nodes: g.nodes.map((n) => ({ ...n, inputs: n.inputs.map(names) })),
  };
}

/** Three layers, most units of the second with a bias. */
export function hidden(bias: number, act: "relu" | "tanh", scale = 1): Evidence {
  const net = new Net([16, 32]);
  let x = "x";
  for (let i = 0; i < 3; i++) {
    x = net.linear(x, `l${i}`, 32, 32, scale);
    x = net[act](net.op("Add", [x, net.weight(`l${i}.bias`, [32], (k) => (i === 1 && k % 4 !== 0 ? bias : 0))]));
  }
  return evidenceOf(net.graph(net.linear(x, "head", 32, 4, 1)));
}

/** The evidence with another verdict. */
export const withVerdict = (e: Evidence, v: Partial<Verdict>): Evidence => withChain(e, { verdict: { ...e.verdict, ...v } });

/** A copy of the evidence with another verdict or other profiles of its one chain. */
function withChain(e: Evidence, changed: Partial<JudgedChain>): Evidence {
  const chain = { ...e.chain, ...changed };
  return { ...e, chain, chains: [chain], verdict: chain.verdict };
}

/** A copy of the evidence with another gradient profile. */
export const withProfile = (e: Evidence, row: readonly number[]): Evidence => withChain(e, { profiles: { ...e.chain.profiles, gradient: [row] } });

/** A spread without an interval. */
export const spread = (value: number): Spread => ({ value, low: value, high: value });
