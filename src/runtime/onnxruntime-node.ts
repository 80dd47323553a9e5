import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Graph } from "../graph/graph.js";
import { writeOnnx } from "../onnx/write.js";
import { peakBytes } from "../passes/memory.js";
import { IsogradError } from "../util/errors.js";
import { checkFeeds, checkWeights } from "./feeds.js";
import { hasKernel, hasOnlyEmptyOutputs, mayTrap } from "./lowering/kernels.js";
import { foreignAttrs, lowerForNode } from "./lowering/node.js";
import { fromNative, toNative } from "./native.js";
import { openSessions } from "./onnxruntime-sessions.js";
import { unpacked } from "./pack.js";
import { planGraph } from "./plan.js";
import { planPeakBytes } from "./recompute.js";
import type { Plan, PlanOptions } from "./plan.js";
import type { Reply, Request } from "./protocol.js";
import type { Executable, Runtime, Values } from "./runtime.js";
import { plural } from "../util/format.js";

/** Options of the onnxruntime runtime. */
export interface NodeOptions extends PlanOptions {
  /** Number of threads that one op uses (default: all cores). Results can differ in the last bits between thread counts. */
  readonly threads?: number;
  /** Runs sessions in the calling thread, which they block, instead of a worker thread: for callers that are worker threads themselves. */
  readonly inThread?: boolean;
}

/** Returns the runtime that executes graphs by onnxruntime on the CPU, in a worker thread, so that a run does not block the event loop. */
export function nodeRuntime({ inThread = false, ...options }: NodeOptions = {}): Runtime {
  const threads = options.threads ?? availableParallelism();
  const lowMemory = options.lowMemory === true;
  const planned = (graph: Graph): Plan =>
    planGraph(graph, { executes: (node) => hasKernel(graph, node) && !mayTrap(graph, node) && !hasOnlyEmptyOutputs(graph, node), ...options });
  let host: Host | undefined;
  let next = 0;
  return {
    name: `onnxruntime-node, ${plural(threads, "thread")}`,
    peakBytes: (graph) => (lowMemory ? planPeakBytes(planned(lowerForNode(graph))) : peakBytes(graph)),
    async prepare(graph: Graph): Promise<Executable> {
      const plan = planned(lowerForNode(graph));
      const id = next++;
      host ??= inThread ? new Host(localPort()) : new Host(workerPort());
      const worker = host;
      const weights = new Map([...plan.weights].map(([k, t]) => [k, toNative(t)]));
      const pieces = plan.pieces.map((p) => (p.evaluated ? p.graph : writeOnnx(p.graph, { foreign: foreignAttrs })));
      await worker.ask({ kind: "prepare", id, pieces, steps: plan.steps, weights, outputs: plan.outputs, threads, lowMemory }, plan);
      const used = new Set(graph.nodes.flatMap((n) => n.inputs));
      const builtIn = (name: string): boolean => used.has(name) && !weights.has(name);
      return {
        async run(feeds: Values, others: Values = new Map()): Promise<Values> {
          checkFeeds(graph, feeds);
          checkWeights(graph, others, builtIn);
          const native = new Map(graph.inputs.map((i) => [i.name, toNative(feeds.get(i.name)!, i.dtype)]));
          const replaced = new Map([...others].filter(([name]) => weights.has(name)).map(([name, t]) => [name, toNative(t)]));
          const values = await worker.ask({ kind: "run", id, feeds: native, weights: replaced }, plan);
          const all = unpacked(plan.parts, new Map([...values].map(([name, t]) => [name, fromNative(t)])));
          return new Map(graph.outputs.map((o) => [o, all.get(o)!]));
        },
        async dispose(): Promise<void> {
          await worker.ask({ kind: "dispose", id });
        },
      };
    },
    async close() {
      await host?.end();
      host = undefined;
    },
  };
}

/** A connection to the thread that holds the sessions. */
interface Port {
  /** Sends a request; the replies arrive in the order of the requests. */
  post(request: Request): void;
  listen(on: { readonly reply: (reply: Reply) => void; readonly fail: (error: Error) => void }): void;
  /** Tells the port whether a reply is awaited: only then does it keep the process alive. */
  hold(awaited: boolean): void;
  end(): Promise<void>;
}

/** Starts a worker thread with sessions of its own. */
function workerPort(): Port {
  // When this file is run as TypeScript (in tests), the compiled worker in dist/ is used: a thread cannot load TypeScript.
  const here = new URL(import.meta.url);
  const url = here.pathname.endsWith(".ts") ? new URL("../../dist/runtime/onnxruntime-worker.js", here) : new URL("./onnxruntime-worker.js", here);
  // The options that this process was started with (--eval, loaders) must not reach the thread.
  const worker = new Worker(url, { execArgv: [] });
  worker.unref();
  return {
    post: (request) => worker.postMessage(request),
    listen: ({ reply, fail }) => {
      worker.on("message", reply);
      worker.on("error", fail);
      worker.on("exit", (code) => fail(new Error(`the runtime's thread ended with code ${code}`)));
    },
    hold: (awaited) => (awaited ? worker.ref() : worker.unref()),
    end: async () => void (await worker.terminate()),
  };
}

/** Opens sessions in the calling thread. */
function localPort(): Port {
  const answer = openSessions();
  const ids = new Set<number>();
  let deliver: (reply: Reply) => void = () => undefined;
  return {
    post: (request) => {
      if (request.kind === "prepare") ids.add(request.id);
      void answer(request).then((reply) => deliver(reply));
    },
    listen: ({ reply }) => void (deliver = reply),
    hold: () => undefined,
    end: async () => {
      deliver = () => undefined;
      for (const id of ids) await answer({ kind: "dispose", id });
    },
  };
}

/** Sends requests through a port, and matches the replies to them in order. */
class Host {
  readonly #port: Port;
  readonly #waiting: { resolve(r: Reply): void; reject(e: Error): void }[] = [];
  #failed: Error | undefined;

  constructor(port: Port) {
    this.#port = port;
    port.listen({ reply: (reply) => this.#waiting.shift()?.resolve(reply), fail: (error) => this.#fail(error) });
  }

  async ask(request: Request, plan?: Plan): Promise<NativeValues> {
    if (this.#failed) throw failed(this.#failed.message);
    this.#port.hold(true);
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#port.post(request);
    });
    if (this.#waiting.length === 0) this.#port.hold(false);
    if (reply.ok) return reply.values;
    if (reply.missing) {
      throw new IsogradError("runtime/unavailable", "onnxruntime-node is not installed", {
        fix: "npm install onnxruntime-node --onnxruntime-node-install=skip, or use --runtime reference",
      });
    }
    throw plan ? translated(reply, plan) : failed(reply.message);
  }

  async end(): Promise<void> {
    await this.#port.end();
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const w of this.#waiting.splice(0)) w.reject(failed(error.message));
  }
}

type NativeValues = (Reply & { ok: true })["values"];

/** Makes the error for a failed request. It names nodes as the graph does; in pieces they are called n0, n1, … */
function translated(reply: Reply & { ok: false }, plan: Plan): IsogradError {
  const step = reply.step ?? plan.steps.findIndex((s) => s.piece === reply.piece);
  const names = plan.nodeNames[step] ?? [];
  const nameOf = (local: string | undefined): string => names[Number(local?.slice(1))] ?? "";
  if (reply.refusal) {
    const { code, what, parts } = reply.refusal;
    return new IsogradError(code, what, { ...parts, at: (parts.at ?? []).map((place) => nameOf(place) || place) });
  }
  const local = /Name:'(n\d+)'|Node \((n\d+)\)/.exec(reply.message);
  const node = nameOf(local?.[1] ?? local?.[2]);
  // The message without the source files and signatures of onnxruntime.
  const reason = (/Status Message: (.*)/s.exec(reply.message)?.[1] ?? reply.message)
    .replace(/^Exception during initialization: /, "")
    .replace(/^\/onnxruntime_src\/.*?(was false\. |\] )|^\w+\.(cc|h):\d+ \w+(\(\))? /s, "")
    .trim();
  if (node === "") return failed(reason);
  // Values of the batch that an op refuses, such as an index out of range, show only during the run.
  if (/out of (data )?bounds|out of range|invalid index|sequence length|by zero/i.test(reason)) {
    return new IsogradError("batch/value", `onnxruntime refused the values that reach this node: ${reason}`, {
      at: [node],
      fix: "check the integers in the batch: indices, lengths, token numbers",
    });
  }
  return failed(reason, node);
}

/** Makes the error `runtime/failed`. */
function failed(message: string, node?: string): IsogradError {
  const memory = /alloc|out of memory/i.test(message);
  return new IsogradError("runtime/failed", `onnxruntime could not run ${node === undefined ? "the graph" : "this node"}: ${message}`, {
    ...(node === undefined ? {} : { at: [node] }),
    ...(memory ? { fix: "use a smaller batch" } : { fix: "try --runtime reference, and report this with the file" }),
  });
}
