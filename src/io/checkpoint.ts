import type { Tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { list } from "../util/format.js";
import { isOpaque } from "./pickle/machine.js";
import { isTensorRef, isUnread, modulePartsOf } from "./torch/rebuild.js";
import type { TensorRef, UnreadTensor } from "./torch/rebuild.js";

// A checkpoint is whatever a training program put into a dict. Its state dict is found by the usual names; the rest is there to be chosen by name.

/** The weights that a file holds. */
export interface Checkpoint {
  /** The name of the file, or of the folder. */
  readonly name: string;
  /** Which state dict of the file these are: the keys that lead to it, joined by dots; empty for the whole file. */
  readonly part: string;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The tensors that cannot be read, with the reason: quantised ones, for instance. */
  readonly unread: ReadonlyMap<string, string>;
  /** Other parts of the file that have tensors. */
  readonly others: readonly string[];
}

type Flat = ReadonlyMap<string, TensorRef | UnreadTensor>;

/** One state dict of a checkpoint. */
export interface Part {
  /** The keys that lead to it, joined by dots; empty for the whole file. */
  readonly part: string;
  readonly refs: ReadonlyMap<string, TensorRef>;
  /** The tensors that cannot be read, with the reason. */
  readonly unread: ReadonlyMap<string, string>;
  /** The other parts that have tensors and could be asked for. */
  readonly others: readonly string[];
}

/** The keys under which programs keep the state dict, the likeliest first. */
const USUAL = [
  "state_dict",
  "model_state_dict",
  "model_state",
  "model",
  "module",
  "net",
  "network",
  "weights",
  "params",
  "net_state_dict",
  "generator",
  "netG",
  "G",
] as const;

/** Keys of what is no network: the states of optimisers, schedules and callbacks. */
const NO_NETWORK = /optim|sched|scaler|callback|hyper_?param|rng|history|(^|_)loops?$/i;
/** Keys of an averaged copy, which is taken only where it is asked for, or where there is nothing else. */
const AVERAGED = /(^|[_.\-])(ema|swa|polyak|avg|averaged?|shadow)([_.\-]|$)/i;

/** How deep dicts and modules may lie in each other. */
const DEPTH = 100;
/** The most characters of all names together: objects that lie in each other many times have endlessly many. */
const CHARACTERS = 2 ** 27;

/** Returns what a dict, or an object that stands for one, holds; undefined for anything else. */
function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)].map(([k, v]) => [typeof k === "symbol" ? "" : String(k), v]);
  if (!isOpaque(value)) return undefined;
  const parts = modulePartsOf(value);
  if (parts) return parts.flatMap((p) => entriesOf(p)!);
  const items = value.items.size > 0 ? value.items : value.state;
  return items instanceof Map ? entriesOf(items) : undefined;
}

/** Returns every tensor below a value by its dotted name. An object that lies at two places is read at both, within itself never. */
function flatten(root: unknown): Flat {
  const flat = new Map<string, TensorRef | UnreadTensor>();
  const above = new Set<unknown>();
  let characters = 0;
  const visit = (value: unknown, name: string): void => {
    if (isTensorRef(value) || isUnread(value)) {
      flat.set(name, value);
      return;
    }
    const entries = above.size < DEPTH && !above.has(value) ? entriesOf(value) : undefined;
    if (!entries) return;
    above.add(value);
    for (const [key, v] of entries) {
      const full = name === "" ? key : `${name}.${key}`;
      characters += full.length + 1;
      if (characters > CHARACTERS) throw new IsogradError("checkpoint/invalid", "the checkpoint has too many entries");
      visit(v, full);
    }
    above.delete(value);
  };
  visit(root, "");
  return flat;
}

/**
 * Finds the state dict in what `torch.save` was given: `wanted`, dotted keys or the beginning of names; else what lies under the usual keys; else every
 * tensor that belongs to no optimiser. Errors: `checkpoint/part`, no tensors under the name; `checkpoint/invalid`, none at all.
 */
export function partOf(root: unknown, wanted: string | undefined): Part {
  const all = flatten(root);
  if (all.size === 0) {
    if (!isOpaque(root)) throw emptyCheckpoint(entriesOf(root)?.map(([key]) => key));
    throw new IsogradError("checkpoint/invalid", `the checkpoint holds an object of the class ${root.opaque.replace(" ", ".")} without tensors`, {
      fix: SAVE,
    });
  }
  const names = [...all.keys()];
  if (wanted !== undefined) {
    const found = under(all, wanted);
    if (found.size > 0) return made(wanted, found, []);
    throw new IsogradError("checkpoint/part", `the checkpoint has no tensors under "${wanted}"`, { expected: list(partsOf(names), 8) });
  }
  let [part, value] = ["", root];
  for (;;) {
    const entries = new Map(isOpaque(value) && modulePartsOf(value) ? [] : (entriesOf(value) ?? []));
    const key = USUAL.find((k) => entries.has(k) && !isTensorRef(entries.get(k)) && flatten(entries.get(k)).size > 0);
    if (key === undefined) break;
    [part, value] = [part === "" ? key : `${part}.${key}`, entries.get(key)];
  }
  if (part !== "") {
    const others = partsOf(names).filter((n) => n !== part && !part.startsWith(`${n}.`) && !NO_NETWORK.test(n));
    return made(part, under(all, part), others);
  }
  const networks = without(root, NO_NETWORK);
  // Where only an optimiser has tensors, the network's own place tells that it was saved empty.
  const empty = USUAL.find((k) => root instanceof Map && root.get(k) instanceof Map);
  if (empty !== undefined && flatten(networks).size === 0) throw emptyCheckpoint([empty]);
  const plain = without(networks, AVERAGED);
  const rest = [plain, networks, root].map(flatten).find((f) => f.size > 0)!;
  return made("", rest, partsOf([...flatten(networks).keys()].filter((n) => !rest.has(n))));
}

const SAVE = "save the state dict: torch.save(model.state_dict(), …)";

/** Says that a checkpoint has no tensor of a network, and what it has instead. */
export const emptyCheckpoint = (keys: readonly string[] = []): IsogradError =>
  new IsogradError("checkpoint/invalid", "the checkpoint is empty: it holds no tensor of a network", {
    ...(keys.length === 0 ? {} : { received: `${list(keys)} without tensors` }),
    fix: SAVE,
  });

/** Leaves out what a dict has under some keys; single tensors stay, whatever their names. */
function without(value: unknown, keys: RegExp): unknown {
  const entries = isOpaque(value) && modulePartsOf(value) ? undefined : entriesOf(value);
  return entries ? new Map(entries.filter(([k, v]) => isTensorRef(v) || isUnread(v) || !keys.test(k))) : value;
}

/** Returns the tensors whose names begin with `part`, and drops it. */
const under = (flat: Flat, part: string): Flat =>
  new Map([...flat].flatMap(([n, t]) => (n.startsWith(`${part}.`) ? [[n.slice(part.length + 1), t] as const] : [])));

/** Returns the first keys of dotted names. */
const partsOf = (names: readonly string[]): string[] => [...new Set(names.flatMap((n) => (n.includes(".") ? [n.split(".")[0]!] : [])))];

function made(part: string, flat: Flat, others: readonly string[]): Part {
  const refs = new Map([...flat].flatMap(([n, t]) => (isTensorRef(t) ? [[n, t] as const] : [])));
  const unread = new Map([...flat].flatMap(([n, t]) => (isUnread(t) ? [[n, t.unread] as const] : [])));
  return { part, refs, unread, others };
}
