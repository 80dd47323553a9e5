import { formatShape, sizeOf } from "../../graph/tensor.js";
import type { NumericArray, Tensor } from "../../graph/tensor.js";
import type { Graph } from "../../graph/graph.js";
import { buildNet } from "../../nn/build.js";
import { specFromWords } from "../../nn/spec-text.js";
import { resolveNet } from "../../nn/spec.js";
import { bind } from "../../passes/bind.js";
import { evaluateInto } from "../../passes/evaluated.js";
import { inInference } from "../../passes/inference.js";
import { stream } from "../../util/random.js";
import { storedColumn } from "../data-set.js";
import type { Column, Examples } from "../data-set.js";
import { DRAWN } from "../shared/drawn.js";
import { refuseTooMuch } from "../shared/refused.js";
import type { DataHost, DataSource } from "../source.js";

/** Examples that the teacher answers at a time; it divides the numbers of drawn examples. */
const CHUNK = 250;
/** Keeps the weights of a teacher apart from those of a network of the same spec, whose seed is 0 by default. */
const TEACHER_SEED = 1_000_000;

/** What a network with drawn weights answers. */
export const teacher: DataSource = {
  name: "teacher",
  takes: "SPEC",
  summary:
    "what another network answers, given as teacher:mlp,depth=3,width=32 or as JSON: its inputs are drawn from N(0, 1), tokens uniformly; the class of its largest output is to be told, or its output where it has no classes",
  open(argument, host, seed) {
    const spec = specFromWords(argument.trimStart().startsWith("{") ? [argument] : argument.split(/,(?![^[{]*[\]}])/));
    const own = { ...spec, seed: spec.seed ?? TEACHER_SEED + seed, batch: CHUNK };
    const classes = resolveNet(own).fields["classes"] ?? null;
    const kinds = Number(resolveNet(own).fields["vocabulary"] ?? 0);
    const { graph } = bind(inInference(buildNet(own, { maxBytes: host.memory / 3 })));
    const few = typeof classes === "number" && classes > 1 ? classes : undefined;
    const name = `teacher:${argument}`;
    const part = (which: keyof typeof DRAWN): Examples =>
      partOf(graph, { count: DRAWN[which], seed, stream: `data/${name}/${which}`, kinds, classes: few, name, host });
    return {
      name,
      about: `what a network of ours with weights drawn by seed ${own.seed} answers (${argument}): ${few === undefined ? "its output" : `the largest of ${few} outputs`}, to inputs ${kinds > 0 ? `uniform below ${kinds}` : "from N(0, 1)"} drawn by seed ${seed}; 10,000 examples and 1,000 to score by`,
      train: part("train"),
      validation: part("validation"),
      standardised: false,
    };
  },
};

interface Part {
  readonly count: number;
  readonly seed: number;
  readonly stream: string;
  readonly kinds: number;
  readonly classes: number | undefined;
  readonly name: string;
  readonly host: DataHost;
}

function partOf(graph: Graph, { count, seed, stream: drawn, kinds, classes, name, host }: Part): Examples {
  const [input] = graph.inputs as [Graph["inputs"][number]];
  const [output] = graph.outputs as [string];
  const { dtype, shape } = graph.types.get(input.name)!;
  const size = sizeOf(shape.slice(1));
  const random = stream(seed, drawn);
  const inputs: Column = {
    type: { dtype: kinds > 0 ? "int64" : "float32", shape: shape.slice(1) },
    kinds: kinds > 0 ? kinds : undefined,
    copy(index, out, at) {
      const from = index * size;
      for (let i = 0; i < size; i++) out[at + i] = kinds > 0 ? Math.floor(kinds * random.uniform(from + i)) : random.normal(from + i);
    },
  };
  const answered = graph.types.get(output)!.shape.slice(1);
  // The classes are the last axis of every network of ours.
  const own = classes === undefined ? answered : answered.slice(0, -1);
  refuseTooMuch(`${name}, ${formatShape(own)} each,`, 4 * count * sizeOf(own), host);
  const answers = classes === undefined ? new Float32Array(count * sizeOf(own)) : new Int32Array(count * sizeOf(own));
  for (let from = 0; from < count; from += CHUNK) {
    const data = dtype === "float64" || kinds > 0 ? new Float64Array(CHUNK * size) : new Float32Array(CHUNK * size);
    for (let i = 0; i < CHUNK; i++) inputs.copy(from + i, data, i * size);
    const given = evaluated(graph, { name: input.name, tensor: { dtype, shape, data } }, output);
    answers.set(classes === undefined ? given.data : largest(given, classes), from * sizeOf(own));
  }
  return {
    count,
    inputs: new Map([["", inputs]]),
    answers: {
      kind: classes === undefined ? "target" : "labels",
      column: storedColumn({ dtype: classes === undefined ? "float32" : "int64", shape: own }, answers),
      classes,
    },
  };
}

/** What a bound graph with one input gives for it. */
function evaluated(graph: Graph, given: { readonly name: string; readonly tensor: Tensor }, output: string): Tensor {
  const values = new Map<string, Tensor>([...graph.initializers, [given.name, given.tensor]]);
  graph.nodes.forEach((_, i) => evaluateInto(values, graph, i));
  return values.get(output)!;
}

/** The number of the largest of each `classes` elements. */
function largest({ data }: Tensor, classes: number): NumericArray {
  return Int32Array.from({ length: data.length / classes }, (_, i) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (data[i * classes + c]! > data[i * classes + best]!) best = c;
    return best;
  });
}
