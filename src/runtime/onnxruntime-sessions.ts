import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Graph } from "../graph/graph.js";
import { fromNative, toNative } from "./native.js";
import type { NativeTensor } from "./native.js";
import { evaluateGraph } from "./reference.js";
import type { Reply, Request } from "./protocol.js";
import type { Step } from "./plan.js";
import { IsogradError } from "../util/errors.js";
import type { ErrorParts } from "../util/errors.js";

/** The sessions and weights of one prepared graph. */
interface Prepared {
  readonly pieces: readonly (InferenceSession | Graph)[];
  readonly steps: readonly Step[];
  readonly weights: ReadonlyMap<string, OrtTensor>;
  readonly outputs: readonly string[];
  readonly lowMemory: boolean;
}

/** Number of freed elements after which the garbage collector is run, where memory is short. */
const COLLECT_AFTER = 4e6;

type Ort = typeof import("onnxruntime-node");

let ort: Ort | undefined;

/** Imports onnxruntime at its first use, so that isograd runs without it. */
async function load(): Promise<Ort> {
  if (ort) return ort;
  const module = (await import("onnxruntime-node")) as Ort & { default?: Ort };
  ort = module.InferenceSession ? module : module.default!;
  return ort;
}

/**
 * Returns a function that answers requests one after the other, with native sessions of the calling thread. A run blocks this thread, so it
 * should be a worker thread.
 */
export function openSessions(): (request: Request) => Promise<Reply> {
  /** The step or piece in progress, for the message of an error. */
  let at: { readonly step?: number; readonly piece?: number } = {};
  const prepared = new Map<number, Prepared>();

  async function answer(request: Request): Promise<Reply> {
    const start = performance.now();
    const values = new Map<string, NativeTensor>();
    if (request.kind === "prepare") await prepare(request);
    else if (request.kind === "run") await run(request, values);
    else {
      for (const p of prepared.get(request.id)?.pieces ?? []) if (isSession(p)) await p.release();
      prepared.delete(request.id);
    }
    return { ok: true, values, ms: performance.now() - start };
  }

  async function prepare(request: Request & { kind: "prepare" }): Promise<void> {
    const { InferenceSession, Tensor } = await load();
    const pieces: (InferenceSession | Graph)[] = [];
    const several = request.pieces.filter((p) => p instanceof Uint8Array).length > 1;
    for (const [i, source] of request.pieces.entries()) {
      at = { piece: i };
      if (!(source instanceof Uint8Array)) {
        pieces.push(source);
        continue;
      }
      pieces.push(
        await InferenceSession.create(source, {
          graphOptimizationLevel: "disabled",
          executionMode: "sequential",
          intraOpNumThreads: request.threads,
          interOpNumThreads: 1,
          logSeverityLevel: 4,
          // A memory arena never returns the memory of a session's largest run.
          ...(request.lowMemory ? { enableCpuMemArena: false } : {}),
          // Every session has its own threads, which spin for a while after a run and would slow down the run of the next session.
          ...(several ? { extra: { session: { force_spinning_stop: "1" } } } : {}),
        }),
      );
    }
    const weights = new Map([...request.weights].map(([k, t]) => [k, toOrt(Tensor, t)]));
    prepared.set(request.id, { pieces, steps: request.steps, weights, outputs: request.outputs, lowMemory: request.lowMemory });
  }

  async function run(request: Request & { kind: "run" }, values: Map<string, NativeTensor>): Promise<void> {
    const { Tensor } = await load();
    const p = prepared.get(request.id);
    if (!p) throw new Error("the graph was disposed");
    const live = new Map<string, OrtTensor>(p.weights);
    for (const [k, t] of request.weights ?? []) live.set(k, toOrt(Tensor, t));
    for (const [k, t] of request.feeds) live.set(k, toOrt(Tensor, t));
    let garbage = 0;
    for (const [i, step] of p.steps.entries()) {
      at = { step: i };
      const feeds: Record<string, OrtTensor> = {};
      for (const [local, name] of step.feeds) feeds[local] = live.get(name)!;
      const piece = p.pieces[step.piece]!;
      const out = isSession(piece)
        ? await piece.run(
            feeds,
            step.fetches.map(([local]) => local),
          )
        : evaluate(piece, feeds, Tensor);
      for (const [local, name] of step.fetches) live.set(name, out[local]!);
      for (const name of step.free) {
        garbage += live.get(name)?.data.length ?? 0;
        live.delete(name);
      }
      // Freed tensors are returned only when the garbage collector of JavaScript runs, and it does not know how large they are.
      if (p.lowMemory && garbage > COLLECT_AFTER) {
        collect();
        garbage = 0;
      }
    }
    for (const name of p.outputs) {
      const t = live.get(name)!;
      // A transfer to another thread takes the buffer away, so weights are copied first.
      const data = (p.weights.has(name) ? t.data.slice() : t.data) as NativeTensor["data"];
      values.set(name, { type: t.type as NativeTensor["type"], dims: t.dims, data });
    }
  }

  let queue: Promise<unknown> = Promise.resolve();
  return (request) => {
    const reply = queue.then(async (): Promise<Reply> => {
      at = {};
      try {
        return await answer(request);
      } catch (error) {
        return failure(error, at);
      }
    });
    queue = reply;
    return reply;
  };
}

/** Makes the reply for a failed request. */
function failure(error: unknown, at: { readonly step?: number; readonly piece?: number }): Reply {
  const code = (error as { code?: string }).code;
  const missing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  const refusal = error instanceof IsogradError ? { code: error.code, what: error.what, parts: plain(error.parts) } : undefined;
  return {
    ok: false,
    message: error instanceof Error ? error.message : String(error),
    ...at,
    ...(missing ? { missing } : {}),
    ...(refusal ? { refusal } : {}),
  };
}

let collector: (() => void) | undefined;

/** Runs the garbage collector. */
function collect(): void {
  if (!collector) {
    setFlagsFromString("--expose-gc");
    collector = runInNewContext("gc") as () => void;
  }
  collector();
}

const isSession = (p: InferenceSession | Graph): p is InferenceSession => "run" in p;

/** Evaluates a piece for whose ops onnxruntime has no kernels, by the `evaluate` functions of the op files. */
function evaluate(graph: Graph, feeds: Readonly<Record<string, OrtTensor>>, Tensor: Ort["Tensor"]): Record<string, OrtTensor> {
  const inputs = Object.entries(feeds).map(
    ([k, t]) => [k, fromNative({ type: t.type as NativeTensor["type"], dims: t.dims, data: t.data as NativeTensor["data"] })] as const,
  );
  const values = evaluateGraph(graph, new Map(inputs));
  return Object.fromEntries([...values].map(([k, t]) => [k, toOrt(Tensor, toNative(t))]));
}

function toOrt(Tensor: Ort["Tensor"], t: NativeTensor): OrtTensor {
  return new Tensor(t.type as "float32", t.data as Float32Array, t.dims);
}

/** Drops the cause of an error, which may not be clonable. */
const plain = ({ cause: _, ...parts }: ErrorParts): ErrorParts => parts;
