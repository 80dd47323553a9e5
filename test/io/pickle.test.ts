import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unpickle } from "../../src/io/pickle/unpickle.js";
import { CALLABLES, storageOf } from "../../src/io/torch/rebuild.js";
import { IsogradError } from "../../src/util/errors.js";

// Pickles are written here opcode by opcode, as `pickletools.dis` of Python lists them.

const latin1 = (...parts: readonly string[]): Uint8Array => Uint8Array.from(parts.join(""), (c) => c.charCodeAt(0));
const options = { callables: CALLABLES, persistent: storageOf };
const read = (...parts: readonly string[]): unknown => unpickle(latin1(...parts), 0, options).value;
const refused = (bytes: Uint8Array): string => {
  try {
    unpickle(bytes, 0, options);
  } catch (error) {
    expect(error).toBeInstanceOf(IsogradError);
    expect((error as IsogradError).code).toBe("checkpoint/invalid");
    return (error as IsogradError).message;
  }
  return "accepted";
};
/** A text of up to 255 bytes. */
const text = (s: string): string => `\x8c${String.fromCharCode(s.length)}${s}`;

describe("a pickle", () => {
  it.each<readonly [string, string, unknown]>([
    ["none and booleans", "(N\x88\x89I01\nI00\nt.", [null, true, false, true, false]],
    ["integers", "(K\xffM\x00\x01J\xfe\xff\xff\xffI-7\nL12L\nt.", [255, 256, -2, -7, 12]],
    ["long integers", "(\x8a\x00\x8a\x01\xff\x8a\x02\xff\x00\x8b\x02\x00\x00\x00\x00\x80t.", [0, -1, 255, -32768]],
    ["an integer beyond 2^53", "\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.", 2n ** 64n],
    ["floats", "(G\x3f\xf8\x00\x00\x00\x00\x00\x00F2.5\nt.", [1.5, 2.5]],
    ["texts", "(X\x02\x00\x00\x00\xc3\xbcU\x01aT\x01\x00\x00\x00bS'c\\n\\x41'\nV\\u0064\nt.", ["ü", "a", "b", "c\nA", "d"]],
    ["bytes", "(C\x01\x05B\x01\x00\x00\x00\x06\x96\x01\x00\x00\x00\x00\x00\x00\x00\x07t.", [[5], [6], [7]].map((b) => Uint8Array.from(b))],
    ["tuples", "()K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87t.", [[], [1], [1, 2], [1, 2, 3]]],
    ["lists", "(](K\x01K\x02e]K\x03a(K\x04l.", undefined],
    [
      "a dict",
      "}(U\x01aK\x01U\x01bK\x02uU\x01cK\x03s.",
      new Map([
        ["a", 1],
        ["b", 2],
        ["c", 3],
      ]),
    ],
    ["a dict of a mark", "(U\x01aK\x01d.", new Map([["a", 1]])],
    ["a set", "\x8f(K\x01K\x02\x90.", new Set([1, 2])],
    ["memory", "(U\x01aq\x00h\x00\x94j\x01\x00\x00\x00p7\ng7\nt.", ["a", "a", "a", "a"]],
    ["a frame", "\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00K\x01.", 1],
    ["things thrown away", "K\x01K\x02K\x030(K\x041\x320\x86.", undefined],
  ])("holds %s", (_, code, value) => {
    if (value === undefined) expect(refused(latin1(code))).toMatch(/^its pickle|accepted/);
    else expect(read(code)).toEqual(value);
  });

  it("ends where it says", () => expect(unpickle(latin1("xxK\x07.rest"), 2, options)).toEqual({ value: 7, end: 5 }));

  it("runs nothing that is not on the list: a command to the system stays a name", () => {
    const name = "posix system";
    const held = { opaque: name, state: undefined, items: new Map() };
    expect(read("cposix\nsystem\n(U\x04exittR.")).toEqual(held);
    expect(read(text("posix"), text("system"), "\x93(U\x04exittR.")).toEqual(held);
    expect(read("(U\x04exitiposix\nsystem\n.")).toEqual(held);
    expect(read("(cposix\nsystem\nU\x04exito.")).toEqual(held);
    expect(read("cposix\nsystem\n)\x81U\x01sb.")).toEqual({ ...held, state: "s" });
    expect(read("cposix\nsystem\n)}\x92.")).toEqual(held);
    // What such a call would return cannot be called either.
    expect(read("cbuiltins\ngetattr\n(U\x02osU\x06systemtR(U\x04exittR.")).toMatchObject({ opaque: "builtins getattr" });
  });

  it("keeps what is put into an object of an unknown class", () => {
    const object = read("cmy\nDict\n)\x81(U\x01aK\x01u}U\x01bK\x02sb.");
    expect(object).toEqual({ opaque: "my Dict", items: new Map([["a", 1]]), state: new Map([["b", 2]]) });
  });

  it("makes ordered dicts as Python 2 and 3 write them", () => {
    expect(read("ccollections\nOrderedDict\n)R(U\x01aK\x01u.")).toEqual(new Map([["a", 1]]));
    expect(read("ccollections\nOrderedDict\n((](U\x01aK\x01eltR.")).toEqual(new Map([["a", 1]]));
  });

  it.each<readonly [string, string, RegExp]>([
    ["is cut off", "}(U\x05ab", /ends early/],
    ["has no end", "K\x01", /ends early/],
    ["holds nothing", ".", /is empty/],
    ["has an opcode that is none", "\xfe.", /unknown opcode 254/],
    ["is of a later protocol", "\x80\x09K\x01.", /newer protocol/],
    ["claims a text of 2^63 bytes", `\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.`, /ends early/],
    ["claims 4 GB of bytes", "B\xff\xff\xff\xff.", /ends early/],
    ["holds a huge integer", `\x8b\xff\xff\x00\x00${"\x01".repeat(70000)}.`, /huge integer/],
    ["takes from an empty stack", "R.", /empty stack/],
    ["returns to no mark", "t.", /no mark/],
    ["remembers nothing", "h\x05.", /has not seen/],
    ["calls a number", "K\x01)R.", /no function/],
    ["calls without a tuple", "cposix\nsystem\nK\x01R.", /without a tuple/],
    ["puts items into a number", "K\x01U\x01aK\x01s.", /no dict/],
    ["puts a key without a value", "}(U\x01au.", /key without a value/],
    ["appends to a number", "K\x01K\x02a.", /no list/],
    ["uses the extension registry", "\x82\x01.", /extension registry/],
    ["keeps data outside", "\x97.", /outside of the file/],
    ["names a storage that is none", "(U\x07storagecposix\nsystem\nU\x010U\x03cpuK\x01tQ.", /unknown class system/],
    ["keeps something else outside", "U\x01aQ.", /no storage/],
    [
      "reaches beyond a storage",
      "ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x05tQK\x02K\x04\x85K\x01\x85\x89NtR.",
      /ends at element 6 of a storage of 5/,
    ],
    [
      "has a tensor of an impossible shape",
      `ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x05tQK\x00(${"J\xff\xff\xff\x7f".repeat(40)}K\x00t(${"K\x00".repeat(41)}t\x89NtR.`,
      /impossible shape/,
    ],
    ["has a tensor without a storage", "ctorch._utils\n_rebuild_tensor_v2\n(K\x01K\x00K\x04\x85K\x01\x85\x89NtR.", /no storage, shape and strides/],
  ])("is refused if it %s", (_, code, says) => expect(refused(latin1(code))).toMatch(says));

  it("may be as deep as it is long, and lie in itself", () => {
    const depth = 1_000_000;
    const deep = read("]".repeat(depth), "a".repeat(depth - 1), ".");
    expect(Array.isArray(deep)).toBe(true);
    const round = read("}q\x00U\x01ah\x00s.") as Map<string, unknown>;
    expect(round.get("a")).toBe(round);
  });

  it("makes no more objects than fit", () => expect(refused(latin1("}".repeat(5_000_000), "."))).toMatch(/more than 4000000 objects/));

  it("of any bytes is read or refused", () => {
    const opcodes = fc.constantFrom(
      ...Array.from("(012NIJKMFGSTUVXBCPQciobR}dsu]lae)tghjpqr\x80\x81\x85\x86\x87\x88\x89\x8a\x8c\x8f\x90\x91\x92\x93\x94\x95."),
    );
    const noise = fc.array(fc.oneof({ weight: 4, arbitrary: opcodes }, fc.constantFrom("\x00", "\x01", "\x02", "a", "\n", "cposix\nsystem\n")), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(noise, (parts) => {
        refused(latin1(...parts, "."));
      }),
      { numRuns: 3000 },
    );
  });
});
