import type { Graph, Node } from "../graph/graph.js";
import { stored } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { writeOnnx } from "../onnx/write.js";
import { checkCarry, checkFeeds, checkWeights } from "./feeds.js";
import { looped } from "./loop.js";
import { foreignAttrs } from "./lowering/foreign.js";
import { unpacked } from "./pack.js";
import { processBytes } from "./plan-bytes.js";
import { planGraph } from "./plan.js";
import type { Plan, PlanOptions } from "./plan.js";
import type { Executor, Request } from "./protocol.js";
import { defined } from "../util/defined.js";
import { invariant } from "../util/errors.js";
import { failed, translated, unavailable } from "./refusals.js";
import type { Arithmetic, Executable, OnPart, Runtime, Stepper, Values } from "./runtime.js";

/** The kernels of a build of onnxruntime. */
export interface Kernels {
  readonly arithmetic: Exclude<Arithmetic, "float64">;
  /** Lowers a graph to ops that the kernels compute faster, or at all. */
  readonly lower: (graph: Graph) => Graph;
  /** Tells which nodes of a lowered graph the kernels execute; the op files evaluate the others. */
  readonly executes: (graph: Graph, node: Node) => boolean;
}

/** What tells one runtime from another. */
export interface PlannedRuntime extends Omit<PlanOptions, "executes" | "alone"> {
  readonly name: string;
  /** Undefined: the op files evaluate everything, in one piece. */
  readonly kernels: Kernels | undefined;
  /** Threads that one op uses. */
  readonly threads?: number;
  /** Starts an executor: at the first graph, and again after the runtime was closed. */
  readonly executor: () => Executor;
  /** How to get the module of onnxruntime, where it is not installed. */
  readonly install?: { readonly what: string; readonly fix: string };
}

/** Runs of at least so many bytes are large: what it takes to save memory is little beside them. */
const LARGE = 2 ** 28;

/** Returns the runtime that plans graphs, and lets an executor run the plans. */
export function plannedRuntime({ name, kernels, threads = 1, executor, install, ...options }: PlannedRuntime): Runtime {
  const lowMemory = options.lowMemory === true;
  const lowered = (graph: Graph): Graph => (kernels ? kernels.lower(graph) : graph);
  const planOf = (graph: Graph, alone: ReadonlySet<string> = new Set()): Plan =>
    kernels
      ? planGraph(graph, { executes: (node) => kernels.executes(graph, node), ...options, alone })
      : planGraph(graph, { wholeLimit: Infinity, alone: new Set(graph.outputs) });
  const bytesOf = ({ graph, plan }: Estimated): number => processBytes(graph, plan, { sessions: kernels !== undefined, lowMemory });
  /** The plan of the last graph whose memory was estimated, as a rule the next one to be prepared. */
  let estimated: Estimated | undefined;
  let running: Executor | undefined;
  let next = 0;

  /** Prepares a graph whose outputs `carry` replace weights after every run. */
  async function open(graph: Graph, carry: ReadonlyMap<string, string>, onPart?: OnPart): Promise<Opened> {
    const plan = estimated?.graph === graph && carry.size === 0 ? estimated.plan : planOf(lowered(graph), new Set(carry.values()));
    estimated = undefined;
    const large = kernels !== undefined && bytesOf({ graph, plan }) > LARGE;
    const id = next++;
    const host = running?.isOpen() === true ? running : (running = executor());
    const ask = async (request: Request, of?: Plan, told?: OnPart): Promise<ReadonlyMap<string, Tensor>> => {
      const reply = await host.ask(request, told);
      if (reply.ok) return reply.values;
      if (reply.missing && install) throw unavailable(install);
      throw of ? translated(reply, of) : failed(reply.message);
    };
    const pieces = plan.pieces.map((p) => (p.evaluated || !kernels ? p.graph : writeOnnx(p.graph, { foreign: foreignAttrs })));
    const weights = kernels ? new Map([...plan.weights].map(([k, t]) => [k, inStorage(t)])) : plan.weights;
    const loop = kernels && carry.size > 0 ? looped(plan, carry) : undefined;
    const source = loop && writeOnnx(loop.graph, { foreign: foreignAttrs, outputs: loop.outputs });
    await ask(
      {
        kind: "prepare",
        id,
        loop: loop && source && { source, names: loop.names },
        pieces,
        steps: plan.steps,
        weights,
        outputs: plan.outputs,
        threads,
        lowMemory,
        large,
        carry,
      },
      plan,
      onPart,
    );
    const used = new Set(graph.nodes.flatMap((n) => n.inputs));
    const given = (others: Values): ReadonlyMap<string, Tensor> => {
      checkWeights(graph, others, (n) => used.has(n) && !plan.weights.has(n));
      return new Map([...others].filter(([n]) => plan.weights.has(n)).map(([n, t]) => [n, kernels ? inStorage(t) : t]));
    };
    const fed = (feeds: Values): Values =>
      new Map(graph.inputs.map((i) => [i.name, kernels ? inStorage(feeds.get(i.name)!, i.dtype) : feeds.get(i.name)!]));
    const outputsIn = (values: Values): Values => new Map(graph.outputs.flatMap((o) => (values.has(o) ? [[o, values.get(o)!]] : [])));
    return {
      id,
      async run(feeds, others, told, beside) {
        checkFeeds(graph, feeds);
        return outputsIn(
          unpacked(plan.parts, await ask({ kind: "run", id, feeds: fed(feeds), weights: given(others), ...defined({ beside }) }, plan, told)),
        );
      },
      async steps(count, feeds) {
        invariant(count >= 1, "there are no steps to run");
        checkFeeds(graph, feeds, count);
        const values = await ask({ kind: "steps", id, count, feeds: fed(feeds) }, plan);
        return outputsIn(unpacked(plan.parts, values, count));
      },
      rewind: async () => void (await ask({ kind: "rewind", id })),
      nonFinite: async () => [...(await ask({ kind: "non-finite", id })).keys()],
      snapshot: () => ask({ kind: "snapshot", id }),
      restore: async (others) => void (await ask({ kind: "restore", id, weights: given(others) })),
      dispose: async () => {
        if (host.isOpen()) await ask({ kind: "dispose", id });
      },
    };
  }

  return {
    name,
    arithmetic: kernels?.arithmetic ?? "float64",
    peakBytes: (graph) => {
      estimated = { graph, plan: planOf(lowered(graph)) };
      return bytesOf(estimated);
    },
    async prepare(graph, onPart): Promise<Executable> {
      const { run, dispose } = await open(graph, new Map(), onPart);
      return { run: (feeds, weights = new Map(), told) => run(feeds, weights, told), dispose };
    },
    async stepper(graph, carry): Promise<Stepper> {
      checkCarry(graph, carry);
      const { id, run, steps, rewind, nonFinite, snapshot, restore, dispose } = await open(graph, carry);
      return {
        step: (feeds) => run(feeds, new Map()),
        steps,
        rewind,
        nonFinite,
        async beside(other) {
          const opened = await open(other, new Map());
          return { run: (feeds, weights = new Map(), told) => opened.run(feeds, weights, told, id), dispose: opened.dispose };
        },
        snapshot,
        restore,
        dispose,
      };
    },
    async close() {
      await running?.close();
      running = undefined;
    },
  };
}

/** A graph and its plan. */
interface Estimated {
  readonly graph: Graph;
  readonly plan: Plan;
}

interface Opened {
  readonly id: number;
  /** `beside`: the opened graph whose carried weights it takes. */
  run(feeds: Values, weights: Values, onPart?: OnPart, beside?: number): Promise<Values>;
  steps(count: number, feeds: Values): Promise<Values>;
  rewind(): Promise<void>;
  nonFinite(): Promise<readonly string[]>;
  snapshot(): Promise<Values>;
  restore(weights: Values): Promise<void>;
  dispose(): Promise<void>;
}

/** Rounds elements to the storage of their dtype, or of another one: less crosses the border. */
const inStorage = (t: Tensor, dtype = t.dtype): Tensor => stored({ dtype, shape: t.shape, data: t.data });
