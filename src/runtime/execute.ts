import { tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { withoutCause } from "../util/connection.js";
import { IsogradError } from "../util/errors.js";
import type { Backend, Session } from "./backend.js";
import { TRIPS } from "./loop.js";
import type { LoopNames } from "./loop.js";
import type { Step } from "./pieces.js";
import type { Executor, Failed, Reply, Request } from "./protocol.js";
import type { OnPart, Values } from "./runtime.js";

/** The sessions and weights of one prepared plan. */
interface Prepared<V> {
  readonly sessions: readonly Session<V>[];
  readonly loop: { readonly session: Session<V>; readonly names: LoopNames } | undefined;
  readonly steps: readonly Step[];
  readonly weights: Map<string, V>;
  readonly outputs: readonly string[];
  readonly lowMemory: boolean;
  readonly carry: ReadonlyMap<string, string>;
  /** The carried weights before the last steps. */
  before: ReadonlyMap<string, V>;
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
      for (const session of p ? sessionsOf(p) : []) await session.close();
      return new Map();
    }
    if (!p) throw new IsogradError("runtime/failed", "the graph was disposed of", { fix: "prepare it again" });
    switch (request.kind) {
      case "run": {
        const other = request.beside === undefined ? undefined : prepared.get(request.beside);
        keepState(p);
        return ran(own, p, { ...request, carried: other && carriedOf(other) }, at, onPart);
      }
      case "steps":
        return stepped(own, p, request, at, onPart);
      case "rewind":
        for (const [name, v] of p.before) p.weights.set(name, v);
        return new Map();
      case "non-finite":
        return new Map([...carriedOf(p)].filter(([, v]) => !isFinite(own.take(v))).map(([name]) => [name, tensor("float32", [0], [])]));
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
  // Opened last: where the plan runs at all, so does its loop.
  const loop = request.loop && {
    session: await backend.open(request.loop.source, { threads, lowMemory, large: true, several }),
    names: request.loop.names,
  };
  const weights = new Map([...request.weights].map(([name, t]) => [name, backend.put(t)]));
  return { sessions, loop, steps, weights, outputs, lowMemory, carry, before: new Map() };
}

const sessionsOf = <V>(p: Prepared<V>): readonly Session<V>[] => [...p.sessions, ...(p.loop ? [p.loop.session] : [])];
const carriedOf = <V>(p: Prepared<V>): ReadonlyMap<string, V> => new Map([...p.carry.keys()].map((name) => [name, p.weights.get(name)!]));
const keepState = <V>(p: Prepared<V>): void => void (p.before = carriedOf(p));

async function ran<V>(
  backend: Backend<V>,
  p: Prepared<V>,
  request: { readonly feeds: Values; readonly weights: Values; readonly carried?: ReadonlyMap<string, V> | undefined },
  at: Place,
  onPart: OnPart | undefined,
): Promise<Map<string, Tensor>> {
  const told = nowAndThen(onPart);
  const live = new Map<string, V>([...p.weights, ...[...(request.carried ?? [])].filter(([name]) => p.weights.has(name))]);
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

/** Runs several steps: in the loop where there is one, else one by one. */
async function stepped<V>(
  backend: Backend<V>,
  p: Prepared<V>,
  { count, feeds }: { readonly count: number; readonly feeds: Values },
  at: Place,
  onPart: OnPart | undefined,
): Promise<Map<string, Tensor>> {
  const before = carriedOf(p);
  if (p.loop && count > 1) {
    const { session, names } = p.loop;
    const fed: Record<string, V> = { [TRIPS]: backend.put(tensor("int64", [], [count])) };
    for (const [local, name] of [...names.before, ...names.weights]) fed[local] = p.weights.get(name)!;
    for (const [local, name] of names.feeds) fed[local] = backend.put(feeds.get(name)!);
    at.step = 0;
    const out = await session.run(
      fed,
      [...names.after, ...names.outputs].map(([local]) => local),
    );
    for (const [local, name] of names.after) p.weights.set(name, out[local]!);
    p.before = before;
    return new Map(names.outputs.map(([local, name]) => [name, backend.take(out[local]!)]));
  }
  const each: Map<string, Tensor>[] = [];
  try {
    for (let i = 0; i < count; i++) each.push(await ran(backend, p, { feeds: rowOf(feeds, i), weights: new Map() }, at, onPart));
  } catch (error) {
    for (const [name, v] of before) p.weights.set(name, v);
    throw error;
  }
  p.before = before;
  return new Map([...each[0]!.keys()].map((name) => [name, stacked(each.map((values) => values.get(name)!))]));
}

/** Row i along the first axis of each tensor, as a copy. */
const rowOf = (values: Values, i: number): Values =>
  new Map(
    [...values].map(([name, t]) => {
      const size = t.data.length / t.shape[0]!;
      return [name, { dtype: t.dtype, shape: t.shape.slice(1), data: t.data.slice(i * size, (i + 1) * size) }];
    }),
  );

/** Tensors of one type along a new first axis. */
function stacked(rows: readonly Tensor[]): Tensor {
  const [first] = rows as [Tensor];
  const size = first.data.length;
  const data = new (first.data.constructor as new (n: number) => typeof first.data)(size * rows.length);
  rows.forEach((row, i) => data.set(row.data, i * size));
  return { dtype: first.dtype, shape: [rows.length, ...first.shape], data };
}

/** Tells whether all numbers are finite: the product of any other with zero is none. */
function isFinite({ data }: Tensor): boolean {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
  return sum === 0;
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
