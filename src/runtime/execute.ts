import type { Tensor } from "../graph/tensor.js";
import { withoutCause } from "../util/connection.js";
import { IsogradError } from "../util/errors.js";
import type { Backend, Session } from "./backend.js";
import type { Step } from "./pieces.js";
import type { Executor, Failed, Reply, Request } from "./protocol.js";
import type { OnPart } from "./runtime.js";

/** The sessions and weights of one prepared plan. */
interface Prepared<V> {
  readonly sessions: readonly Session<V>[];
  readonly steps: readonly Step[];
  readonly weights: Map<string, V>;
  readonly outputs: readonly string[];
  readonly lowMemory: boolean;
  readonly carry: ReadonlyMap<string, string>;
}

/** Number of freed elements after which the backend is asked to return them, where memory is short. */
const COLLECT_AFTER = 4e6;

/** The step or piece in progress, for the message of an error. */
interface Place {
  step?: number;
  piece?: number;
}

/**
 * Returns the executor of plans, on the backend that `load` gives at the first request: the same in this thread, in another one, and in a browser.
 * A run blocks the thread wherever the backend's kernels do.
 */
export function executor<V>(load: () => Promise<Backend<V>>): Executor {
  const prepared = new Map<number, Prepared<V>>();
  let backend: Promise<Backend<V>> | undefined;

  async function answer(request: Request, at: Place, onPart: OnPart | undefined): Promise<ReadonlyMap<string, Tensor>> {
    const own = await (backend ??= load());
    if (request.kind === "prepare") {
      prepared.set(request.id, await opened(own, request, at, onPart));
      return new Map();
    }
    const p = prepared.get(request.id);
    if (request.kind === "dispose") {
      prepared.delete(request.id);
      for (const session of p?.sessions ?? []) await session.close();
      return new Map();
    }
    if (!p) throw new IsogradError("runtime/failed", "the graph was disposed of", { fix: "prepare it again" });
    switch (request.kind) {
      case "run":
        return ran(own, p, request, at, onPart);
      case "snapshot":
        return new Map([...p.carry.keys()].map((name) => [name, copied(own.take(p.weights.get(name)!))]));
      case "restore":
        for (const [name, t] of request.weights) p.weights.set(name, own.put(t));
        return new Map();
    }
  }

  let queue: Promise<unknown> = Promise.resolve();
  const ask = (request: Request, onPart?: OnPart): Promise<Reply> => {
    const reply = queue.then(async (): Promise<Reply> => {
      const at: Place = {};
      const start = performance.now();
      try {
        return { ok: true, values: await answer(request, at, onPart), ms: performance.now() - start };
      } catch (error) {
        return failure(error, at);
      }
    });
    queue = reply;
    return reply;
  };
  return {
    ask,
    isOpen: () => true,
    close: async () => {
      await queue;
      for (const id of [...prepared.keys()]) await ask({ kind: "dispose", id });
    },
  };
}

async function opened<V>(backend: Backend<V>, request: Request & { kind: "prepare" }, at: Place, onPart: OnPart | undefined): Promise<Prepared<V>> {
  const told = nowAndThen(onPart);
  const { threads, lowMemory, large, steps, outputs, carry } = request;
  const several = request.pieces.filter((p) => p instanceof Uint8Array).length > 1;
  const sessions: Session<V>[] = [];
  try {
    for (const [i, piece] of request.pieces.entries()) {
      at.piece = i;
      told(i, request.pieces.length);
      sessions.push(await backend.open(piece, { threads, lowMemory, large, several }));
    }
  } catch (error) {
    for (const session of sessions) await session.close();
    throw error;
  }
  const weights = new Map([...request.weights].map(([name, t]) => [name, backend.put(t)]));
  return { sessions, steps, weights, outputs, lowMemory, carry };
}

async function ran<V>(
  backend: Backend<V>,
  p: Prepared<V>,
  request: Request & { kind: "run" },
  at: Place,
  onPart: OnPart | undefined,
): Promise<Map<string, Tensor>> {
  const told = nowAndThen(onPart);
  const live = new Map<string, V>(p.weights);
  for (const given of [request.weights, request.feeds]) for (const [name, t] of given) live.set(name, backend.put(t));
  let garbage = 0;
  for (const [i, step] of p.steps.entries()) {
    at.step = i;
    told(i, p.steps.length);
    const feeds: Record<string, V> = {};
    for (const [local, name] of step.feeds) feeds[local] = live.get(name)!;
    const out = await p.sessions[step.piece]!.run(
      feeds,
      step.fetches.map(([local]) => local),
    );
    for (const [local, name] of step.fetches) live.set(name, out[local]!);
    for (const name of step.free) {
      if (live.has(name)) garbage += backend.size(live.get(name)!);
      live.delete(name);
    }
    if (p.lowMemory && garbage > COLLECT_AFTER) {
      backend.collect?.();
      garbage = 0;
    }
  }
  const carried = new Set(p.carry.values());
  const values = new Map<string, Tensor>();
  for (const name of p.outputs) {
    if (carried.has(name)) continue;
    const t = backend.take(live.get(name)!);
    // A transfer to another thread takes the buffer away, and in this thread the caller may write into it: weights and feeds are copied first.
    values.set(name, p.weights.has(name) || request.feeds.has(name) ? copied(t) : t);
  }
  for (const [weight, output] of p.carry) {
    const next = live.get(output)!;
    p.weights.set(weight, request.feeds.has(output) ? backend.put(copied(backend.take(next))) : next);
  }
  return values;
}

/** The milliseconds between two parts that are told. */
const TELL_EVERY_MS = 250;

/** Returns a function that passes on what it is told, where enough time has passed. */
function nowAndThen(onPart: OnPart | undefined): OnPart {
  let last = performance.now();
  return (done, of) => {
    if (!onPart || performance.now() - last < TELL_EVERY_MS) return;
    last = performance.now();
    onPart(done, of);
  };
}

const copied = (t: Tensor): Tensor => ({ ...t, data: t.data.slice() });

/** Makes the reply for a failed request. */
function failure(error: unknown, at: Place): Failed {
  const code = (error as { code?: string }).code;
  const missing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  const refusal = error instanceof IsogradError ? { code: error.code, what: error.what, parts: withoutCause(error.parts) } : undefined;
  return {
    ok: false,
    message: error instanceof Error ? error.message : String(error),
    ...at,
    ...(missing ? { missing } : {}),
    ...(refusal ? { refusal } : {}),
  };
}
