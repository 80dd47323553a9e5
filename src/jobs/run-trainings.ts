import * as z from "zod";
import { parseTraining, trainingFamily, trainingKey, trainingRecord, trainingResult } from "../trial/training-spec.js";
import type { TrainingRequest, TrainingResult, TrainingSpec } from "../trial/training-spec.js";
import type { Queue } from "./queue.js";
import type { ResultStore } from "./result-store.js";
import { storeKey } from "./run-jobs.js";
import type { Source } from "./run-jobs.js";
import { trainingKind } from "./training-kind.js";

/** The result of a training. */
export interface TrainingOutcome {
  readonly key: string;
  readonly spec: TrainingSpec;
  readonly result: TrainingResult;
  readonly from: Source;
}

/** Options of trainings. */
export interface TrainingsOptions {
  readonly queue: Queue;
  /** Without a store everything is computed, and nothing kept. */
  readonly store?: ResultStore | undefined;
  /** Called when some are done. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  /** Stops: groups that have begun end early, and nothing of them is kept. */
  readonly signal?: AbortSignal | undefined;
}

/** The most runs in one graph. More of them are hardly faster, and take more memory. */
const TOGETHER = 8;
/** Interval in ms at which runs that another process computes are looked up again. */
const POLL = 250;

interface Wanted {
  readonly key: string;
  readonly spec: TrainingSpec;
  readonly family: string;
}

/**
 * Trains networks: each training is looked up in the store by its spec, or else computed together with others of its family, and stored by itself. The outcomes are in the order of the requests.
 * Which runs share a graph does not change what is stored under a key but for the last digits. Errors: `spec/invalid`, `store/failed`, those of training.
 */
export async function runTrainings(
  requests: readonly TrainingRequest[],
  { queue, store, onProgress, signal }: TrainingsOptions,
): Promise<readonly TrainingOutcome[]> {
  const all = await Promise.all(
    requests.map(async (request): Promise<Wanted> => {
      const spec = parseTraining(request);
      return { spec, family: trainingFamily(spec), key: storeKey({ key: await trainingKey(spec) }, queue) };
    }),
  );
  const known = new Map<string, TrainingOutcome>();
  const keep = (w: Wanted, result: TrainingResult, from: Source): void => {
    known.set(w.key, { key: w.key, spec: w.spec, result, from });
    onProgress?.(all.filter((o) => known.has(o.key)).length, all.length);
  };
  const find = async (w: Wanted): Promise<boolean> => {
    const text = await store?.get(w.key);
    if (text === undefined) return false;
    const parsed = trainingResult.safeParse(JSON.parse(text));
    if (parsed.success) keep(w, parsed.data, "store");
    else await store!.discard(w.key);
    return parsed.success;
  };
  let left = [...new Map(all.map((w) => [w.key, w])).values()];
  for (let round = 0; left.length > 0; round++) {
    signal?.throwIfAborted();
    const missing: Wanted[] = [];
    for (const w of left) if (!(await find(w))) missing.push(w);
    const groups = groupsOf(missing);
    const ended = await Promise.allSettled(groups.map((group) => compute(group, { queue, store, keep, signal })));
    for (const e of ended) if (e.status === "rejected") throw e.reason;
    const before = left.length;
    left = missing.filter((w) => !known.has(w.key));
    // Another process trains the rest.
    if (left.length > 0 && left.length === before) await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  return all.map((w) => known.get(w.key)!);
}

/** Groups of runs that share a graph. */
function groupsOf(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const families = new Map<string, Wanted[]>();
  for (const w of wanted) families.set(w.family, [...(families.get(w.family) ?? []), w]);
  return [...families.values()].flatMap((family) =>
    Array.from({ length: Math.ceil(family.length / TOGETHER) }, (_, i) => family.slice(i * TOGETHER, (i + 1) * TOGETHER)),
  );
}

/** Computes those of a group that no other process has reserved, and stores each. */
async function compute(
  group: readonly Wanted[],
  {
    queue,
    store,
    keep,
    signal,
  }: Pick<TrainingsOptions, "queue" | "store" | "signal"> & { readonly keep: (w: Wanted, result: TrainingResult, from: Source) => void },
): Promise<void> {
  const mine: Wanted[] = [];
  for (const w of group) if (((await store?.reserve(w.key)) ?? "mine") === "mine") mine.push(w);
  if (mine.length === 0) return;
  const began = performance.now();
  const stored = new Set<string>();
  try {
    const [first] = mine as [Wanted];
    const text = await queue.submit(
      {
        kind: trainingKind.name,
        key: first.key,
        affinity: `${mine.length} ${first.family}`,
        spec: mine.map((w) => w.spec),
        name: `training of ${first.spec.net.arch}`,
        record: trainingRecord(first.spec),
      },
      signal ? { signal } : {},
    );
    const results = z.array(trainingResult).parse(JSON.parse(text!));
    const seconds = (performance.now() - began) / 1000 / mine.length;
    for (const [i, w] of mine.entries()) {
      await store?.put({ key: w.key, spec: trainingRecord(w.spec), result: JSON.stringify(trainingResult.encode(results[i]!)), seconds });
      stored.add(w.key);
      keep(w, results[i]!, "computed");
    }
  } finally {
    for (const w of mine) if (!stored.has(w.key)) await store?.release(w.key).catch(() => undefined);
  }
}
