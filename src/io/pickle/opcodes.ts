import { addValues, build, call, container, isGlobal, pop, popMark, refusePickle, setItems, skip, take, takeLine, takeText, top } from "./machine.js";
import type { Machine } from "./machine.js";

type Step = (m: Machine) => void;

const push = (m: Machine, v: unknown): void => void m.stack.push(v);

/** Reads a little-endian integer in two's complement; a number up to 2⁵³. */
function takeLong(m: Machine, length: number): number | bigint {
  if (length > 1024) refusePickle("holds a huge integer");
  let value = 0n;
  const bytes = take(m, length);
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  if (length > 0 && bytes[length - 1]! >= 128) value -= 1n << BigInt(8 * length);
  return plain(value);
}

const plain = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

const uint8 = (m: Machine): number => m.view.getUint8(skip(m, 1));
const uint32 = (m: Machine): number => m.view.getUint32(skip(m, 4), true);
/** Reads a length of 8 bytes; beyond 2⁵³ it is rounded, and longer than any file in any case. */
const uint64 = (m: Machine): number => Number(m.view.getBigUint64(skip(m, 8), true));

/** Reads a decimal integer, which protocol 0 writes as a line; `L` may follow it. */
function lineInteger(m: Machine): number | bigint | boolean {
  const text = takeLine(m).replace(/L$/, "");
  if (text === "01" || text === "00") return text === "01";
  return /^-?\d{1,4000}$/.test(text.trim()) ? plain(BigInt(text.trim())) : refusePickle("holds an integer that is none");
}

/** Returns the text of a quoted string of protocol 0. */
const unquoted = (text: string): string =>
  text
    .slice(1, -1)
    .replace(/\\(x[0-9a-f]{2}|.)/gi, (_, e: string) => (e.length > 1 ? String.fromCharCode(parseInt(e.slice(1), 16)) : (ESCAPES[e] ?? e)));
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

const remember = (m: Machine, key: number): void => void m.memo.set(key, top(m));
const recall = (m: Machine, key: number): void => push(m, m.memo.has(key) ? m.memo.get(key) : refusePickle("remembers what it has not seen"));

function stackGlobal(m: Machine): void {
  const [name, module] = [pop(m), pop(m)];
  if (typeof name !== "string" || typeof module !== "string") refusePickle("names a class by something that is no text");
  push(m, { global: `${String(module)} ${String(name)}` });
}

/** Makes a dict of keys and values in turn. */
function dict(m: Machine, pairs: readonly unknown[]): void {
  push(m, container(m, new Map()));
  setItems(m, pairs);
}

/** Calls what lies under its arguments. */
function reduce(m: Machine): void {
  const args = pop(m);
  push(m, call(m, pop(m), args));
}

/** Makes an object from a class and the values after it. */
const instance = (m: Machine, [cls, ...args]: readonly unknown[]): void => push(m, call(m, isGlobal(cls) ? cls : { global: "" }, args));

const tuple =
  (length: number): Step =>
  (m) => {
    const items = Array.from({ length }, () => pop(m)).reverse();
    push(m, container(m, items));
  };

const notSupported =
  (what: string): Step =>
  () =>
    refusePickle(what);

const STEPS: Readonly<Record<string, Step>> = {
  "(": (m) => {
    m.marks.push(m.stack);
    m.stack = [];
  },
  "0": (m) => void (m.stack.length > 0 ? m.stack.pop() : popMark(m)),
  "1": (m) => void popMark(m),
  "2": (m) => push(m, top(m)),
  N: (m) => push(m, null),
  I: (m) => push(m, lineInteger(m)),
  L: (m) => push(m, lineInteger(m)),
  J: (m) => push(m, m.view.getInt32(skip(m, 4), true)),
  K: (m) => push(m, uint8(m)),
  M: (m) => push(m, m.view.getUint16(skip(m, 2), true)),
  F: (m) => push(m, Number(takeLine(m))),
  G: (m) => push(m, m.view.getFloat64(skip(m, 8), false)),
  S: (m) => push(m, unquoted(takeLine(m))),
  T: (m) => push(m, takeText(m, uint32(m), "latin1")),
  U: (m) => push(m, takeText(m, uint8(m), "latin1")),
  V: (m) =>
    push(
      m,
      takeLine(m).replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    ),
  X: (m) => push(m, takeText(m, uint32(m))),
  B: (m) => push(m, take(m, uint32(m))),
  C: (m) => push(m, take(m, uint8(m))),
  P: (m) => push(m, m.persistent(takeLine(m))),
  Q: (m) => push(m, m.persistent(pop(m))),
  c: (m) => push(m, { global: `${takeLine(m)} ${takeLine(m)}` }),
  i: (m) => instance(m, [{ global: `${takeLine(m)} ${takeLine(m)}` }, ...popMark(m)]),
  o: (m) => instance(m, popMark(m)),
  R: reduce,
  b: (m) => build(m, pop(m)),
  "}": (m) => dict(m, []),
  d: (m) => dict(m, popMark(m)),
  s: (m) => {
    const value = pop(m);
    setItems(m, [pop(m), value]);
  },
  u: (m) => setItems(m, popMark(m)),
  "]": (m) => push(m, container(m, [])),
  l: (m) => push(m, container(m, popMark(m))),
  a: (m) => addValues(m, [pop(m)]),
  e: (m) => addValues(m, popMark(m)),
  ")": (m) => push(m, container(m, [])),
  t: (m) => push(m, container(m, popMark(m))),
  g: (m) => recall(m, Number(takeLine(m))),
  h: (m) => recall(m, uint8(m)),
  j: (m) => recall(m, uint32(m)),
  p: (m) => remember(m, Number(takeLine(m))),
  q: (m) => remember(m, uint8(m)),
  r: (m) => remember(m, uint32(m)),
  "\x80": (m) => void (uint8(m) > 5 && refusePickle("is of a newer protocol than 5")),
  "\x81": reduce,
  "\x82": notSupported("uses the extension registry"),
  "\x83": notSupported("uses the extension registry"),
  "\x84": notSupported("uses the extension registry"),
  "\x85": tuple(1),
  "\x86": tuple(2),
  "\x87": tuple(3),
  "\x88": (m) => push(m, true),
  "\x89": (m) => push(m, false),
  "\x8a": (m) => push(m, takeLong(m, uint8(m))),
  "\x8b": (m) => push(m, takeLong(m, uint32(m))),
  "\x8c": (m) => push(m, takeText(m, uint8(m))),
  "\x8d": (m) => push(m, takeText(m, uint64(m))),
  "\x8e": (m) => push(m, take(m, uint64(m))),
  "\x8f": (m) => push(m, container(m, new Set())),
  "\x90": (m) => addValues(m, popMark(m)),
  "\x91": (m) => push(m, container(m, new Set(popMark(m)))),
  "\x92": (m) => {
    // Keyword arguments go to classes that are not on the list.
    pop(m);
    reduce(m);
  },
  "\x93": stackGlobal,
  "\x94": (m) => remember(m, m.memo.size),
  // A frame only says how many bytes belong together.
  "\x95": (m) => void skip(m, 8),
  "\x96": (m) => push(m, take(m, uint64(m))),
  "\x97": notSupported("keeps data outside of the file"),
  "\x98": () => {},
};

/** What the machine does for each opcode. */
export const OPCODES: ReadonlyMap<number, Step> = new Map(Object.entries(STEPS).map(([code, step]) => [code.charCodeAt(0), step]));
