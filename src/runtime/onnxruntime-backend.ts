import type { Graph } from "../graph/graph.js";
import type { DType, NumericArray, Tensor } from "../graph/tensor.js";
import { toBigInt } from "../graph/bytes.js";
import { stored } from "../graph/tensor.js";
import type { Backend, Session, SessionOptions } from "./backend.js";

/** A tensor of onnxruntime's JavaScript interface; 64-bit integers lie in BigInt arrays. */
export interface OrtValue {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

/** A session of onnxruntime's JavaScript interface. */
interface OrtSession {
  run(feeds: Readonly<Record<string, OrtValue>>, fetches: readonly string[]): Promise<Readonly<Record<string, OrtValue>>>;
  release(): Promise<void>;
}

/** What is used of onnxruntime's JavaScript interface: onnxruntime-node and onnxruntime-web have it alike. */
export interface OrtModule {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtValue;
}

/** Returns the backend that computes by a module of onnxruntime, and by the op files where a piece is sent as a graph. */
export function onnxruntimeBackend({ InferenceSession, Tensor }: OrtModule, collect?: () => void): Backend<OrtValue> {
  const put = (t: Tensor): OrtValue => new Tensor(t.dtype, dataFor(t), t.shape);
  return {
    async open(piece, options): Promise<Session<OrtValue>> {
      if (!(piece instanceof Uint8Array)) return evaluated(piece, put);
      const session = await InferenceSession.create(piece, sessionOptions(options));
      return { run: (feeds, fetches) => session.run(feeds, fetches), close: () => session.release() };
    },
    put,
    take,
    size: (v) => (v.data as ArrayLike<unknown>).length,
    ...(collect ? { collect } : {}),
  };
}

const sessionOptions = ({ threads, lowMemory, large, several }: SessionOptions): object => ({
  graphOptimizationLevel: "disabled",
  executionMode: "sequential",
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
  // With a pattern of its first run a session takes one block of memory for the second, beside the blocks of the first.
  ...(large ? { enableMemPattern: false } : {}),
  // A memory arena never returns the memory of a session's largest run.
  ...(lowMemory ? { enableCpuMemArena: false } : {}),
  // Every session has its own threads, which spin for a while after a run and would slow down the run of the next session.
  ...(several ? { extra: { session: { force_spinning_stop: "1" } } } : {}),
});

/** Evaluates a piece for whose ops onnxruntime has no kernels, by the `evaluate` functions of the op files. These are loaded for the first such piece. */
async function evaluated(graph: Graph, put: (t: Tensor) => OrtValue): Promise<Session<OrtValue>> {
  const { evaluateGraph } = await import("./evaluate.js");
  return {
    async run(feeds) {
      const values = evaluateGraph(graph, new Map(Object.entries(feeds).map(([name, v]) => [name, take(v)])));
      return Object.fromEntries([...values].map(([name, t]) => [name, put(t)]));
    },
    close: () => Promise.resolve(),
  };
}

/** Returns the elements in onnxruntime's storage: floats are rounded to the dtype, 64-bit integers become BigInt. */
function dataFor(t: Tensor): NumericArray | BigInt64Array | BigUint64Array {
  const { dtype, data } = t;
  if (dtype !== "int64" && dtype !== "uint64") return stored(t).data;
  const words = dtype === "int64" ? new BigInt64Array(data.length) : new BigUint64Array(data.length);
  for (let i = 0; i < words.length; i++) words[i] = toBigInt(data[i]!, dtype);
  return words;
}

function take({ type, dims, data }: OrtValue): Tensor {
  const dtype = type as DType;
  if (dtype !== "int64" && dtype !== "uint64") return { dtype, shape: dims, data: data as NumericArray };
  const words = data as BigInt64Array | BigUint64Array;
  const numbers = new Float64Array(words.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = Number(words[i]);
  return { dtype, shape: dims, data: numbers };
}
