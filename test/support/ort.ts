import * as ort from "onnxruntime-node";
import type { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { allocate } from "../../src/graph/tensor.js";
import type { DType } from "../../src/graph/tensor.js";
import { writeOnnx } from "../../src/onnx/write.js";
import { rawBytes } from "../../src/graph/bytes.js";

const NATIVE: Record<string, (b: ArrayBuffer) => unknown> = {
  float32: (b) => new Float32Array(b),
  float64: (b) => new Float64Array(b),
  int64: (b) => new BigInt64Array(b),
  uint64: (b) => new BigUint64Array(b),
  int32: (b) => new Int32Array(b),
  int16: (b) => new Int16Array(b),
  int8: (b) => new Int8Array(b),
  uint8: (b) => new Uint8Array(b),
  uint16: (b) => new Uint16Array(b),
  uint32: (b) => new Uint32Array(b),
  bool: (b) => new Uint8Array(b),
};

export function toOrt(t: Tensor): ort.Tensor {
  const bytes = rawBytes(t);
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return new ort.Tensor(t.dtype as "float32", NATIVE[t.dtype]!(copy) as Float32Array, [...t.shape]);
}

function fromOrt(t: ort.Tensor): Tensor {
  const dtype = t.type as DType;
  const source = t.data as ArrayLike<number | bigint>;
  const data = allocate(dtype, source.length);
  for (let i = 0; i < data.length; i++) data[i] = Number(source[i]);
  return { dtype, shape: [...t.dims], data };
}

/** Runs a graph in onnxruntime, in this thread. */
export async function runOrt(graph: Graph, feeds: ReadonlyMap<string, Tensor>, opset?: number): Promise<Map<string, Tensor>> {
  return runOrtBytes(writeOnnx(graph, opset === undefined ? {} : { opset }), feeds);
}

export async function runOrtBytes(bytes: Uint8Array, feeds: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4, graphOptimizationLevel: "disabled", intraOpNumThreads: 1 });
  try {
    const out = await session.run(Object.fromEntries([...feeds].filter(([k]) => session.inputNames.includes(k)).map(([k, t]) => [k, toOrt(t)])));
    return new Map(Object.entries(out).map(([k, t]) => [k, fromOrt(t)]));
  } finally {
    await session.release();
  }
}

/** Whether an onnxruntime error says that there is no kernel (rather than that the graph is wrong). */
export const lacksKernel = (error: unknown): boolean =>
  /NOT_IMPLEMENTED|Could not find an implementation|not implemented|is not supported|not a registered function|is under development|does not support double|Type 'tensor\(double\)' of input parameter/i.test(
    String(error),
  );
