import { IsogradError } from "../../util/errors.js";

// What the machine of a pickle is made of. Python's pickle format is a program for a stack machine, of which a part calls functions by their names.
// https://docs.python.org/3/library/pickletools.html

/** The name of a class or function as a pickle states it, "module name". */
export interface Global {
  readonly global: string;
}

/** An object of a class that is not on the list: its class's name, and what the pickle puts into it. Nothing of the class is ever run. */
export interface Opaque {
  readonly opaque: string;
  /** What its `__setstate__` would get, which usually is its `__dict__`. */
  state: unknown;
  /** What is put into it as into a dict. */
  readonly items: Map<unknown, unknown>;
}

/** The functions that a pickle may call, by "module name". A missing one makes an {@link Opaque}. */
export type Callables = ReadonlyMap<string, (args: readonly unknown[]) => unknown>;

/** How a pickle is read. */
export interface PickleOptions {
  readonly callables: Callables;
  /** Returns the object that stands outside of the pickle under this id. */
  readonly persistent: (id: unknown) => unknown;
}

/** The state of the machine. */
export interface Machine extends PickleOptions {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  stack: unknown[];
  /** The stacks that wait below each open mark. */
  readonly marks: unknown[][];
  readonly memo: Map<number, unknown>;
  /** How many containers have been made. */
  made: number;
}

/** The most containers (dicts, lists, sets, objects) of one pickle: more would fill the heap. */
const CONTAINERS = 4_000_000;

export const isGlobal = (v: unknown): v is Global => typeof v === "object" && v !== null && "global" in v;
export const isOpaque = (v: unknown): v is Opaque => typeof v === "object" && v !== null && "opaque" in v;

/** Refuses a pickle; `what` continues "its pickle". Error `checkpoint/invalid`. */
export const refusePickle = (what: string): never => {
  throw new IsogradError("checkpoint/invalid", `its pickle ${what}`);
};

/** Counts a new container, and returns it. */
export function container<T>(m: Machine, made: T): T {
  if (++m.made > CONTAINERS) refusePickle(`makes more than ${CONTAINERS} objects`);
  return made;
}

/** Returns the next `length` bytes. */
export function take(m: Machine, length: number): Uint8Array {
  if (!(length <= m.bytes.length - m.at)) refusePickle("ends early");
  m.at += length;
  return m.bytes.subarray(m.at - length, m.at);
}

/** Returns where the next `length` bytes begin. */
export function skip(m: Machine, length: number): number {
  take(m, length);
  return m.at - length;
}

const utf8 = new TextDecoder();
const latin1 = new TextDecoder("latin1");

/** Returns the next `length` bytes as text. Python 2 wrote its strings as bytes, which are read as Latin-1. */
export const takeText = (m: Machine, length: number, encoding: "utf8" | "latin1" = "utf8"): string =>
  (encoding === "utf8" ? utf8 : latin1).decode(take(m, length));

/** Returns the text up to the end of the line. */
export function takeLine(m: Machine): string {
  const end = m.bytes.indexOf(0x0a, m.at);
  if (end < 0) return refusePickle("ends early");
  const line = takeText(m, end - m.at);
  m.at++;
  return line;
}

export function pop(m: Machine): unknown {
  return m.stack.length > 0 ? m.stack.pop() : refusePickle("takes from an empty stack");
}

/** Returns what lies on top, and leaves it there. */
export function top(m: Machine): unknown {
  return m.stack.length > 0 ? m.stack.at(-1) : refusePickle("takes from an empty stack");
}

/** Returns what was put onto the stack since the last mark. */
export function popMark(m: Machine): unknown[] {
  const items = m.stack;
  m.stack = m.marks.pop() ?? refusePickle("has no mark to return to");
  return items;
}

/** Calls a function of the list; what another class or function would make is opaque. */
export function call(m: Machine, callable: unknown, args: unknown): unknown {
  if (!Array.isArray(args)) return refusePickle("calls something without a tuple of arguments");
  const name = isGlobal(callable) ? callable.global : isOpaque(callable) ? callable.opaque : refusePickle("calls something that is no function");
  const known = m.callables.get(name);
  return container(m, known ? known(args) : { opaque: name, state: undefined, items: new Map() });
}

/** Gives an object its state. Dicts and tensors have none that matters here. */
export function build(m: Machine, state: unknown): void {
  const object = top(m);
  if (isOpaque(object)) object.state = state;
}

/** Puts pairs into a dict, or into what stands for one. */
export function setItems(m: Machine, pairs: readonly unknown[]): void {
  const object = top(m);
  const map = object instanceof Map ? object : isOpaque(object) ? object.items : refusePickle("puts items into something that is no dict");
  if (pairs.length % 2 !== 0) refusePickle("puts a key without a value into a dict");
  for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
}

/** Puts values into a list or a set. What a class that looks like a list is given is not kept. */
export function addValues(m: Machine, values: readonly unknown[]): void {
  const object = top(m);
  if (object instanceof Set) for (const v of values) object.add(v);
  else if (Array.isArray(object)) for (const v of values) object.push(v);
  else if (!isOpaque(object)) refusePickle("appends to something that is no list");
}
