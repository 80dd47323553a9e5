import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readBytes, refuseUnwritable, writeAll } from "../../src/io/files.js";
import { IsogradError } from "../../src/util/errors.js";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "isograd-files-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const listeners = (): number => process.listenerCount("SIGINT") + process.listenerCount("SIGTERM") + process.listenerCount("SIGHUP");

const codeOf = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    expect(error).toBeInstanceOf(IsogradError);
    return (error as IsogradError).code;
  }
  return "none";
};

describe("writing", () => {
  it("shows whole files only, under their names", async () => {
    await writeAll([
      [at("a"), [text("one "), text("two")]],
      [at("b"), []],
    ]);
    expect([readFileSync(at("a"), "utf8"), readFileSync(at("b"), "utf8")]).toEqual(["one two", ""]);
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
    expect(listeners()).toBe(0);
  });
  it("of several files does all or nothing", async () => {
    mkdirSync(at("taken"));
    writeFileSync(at("old"), "old");
    await expect(
      writeAll([
        [at("a"), [text("x")]],
        [at("nowhere/b"), [text("y")]],
      ]),
    ).rejects.toThrow(/cannot write .*nowhere\/b/);
    await expect(
      writeAll([
        [at("old"), [text("x")]],
        [at("full"), [text("y")]],
        ["/dev/full", [text("z")]],
      ]),
    ).rejects.toThrow(/the disk is full/);
    expect(readdirSync(folder).sort()).toEqual(["old", "taken"]);
    expect(readFileSync(at("old"), "utf8")).toBe("old");
    expect(listeners()).toBe(0);
  });
  it("through a link replaces what it points to", async () => {
    writeFileSync(at("real"), "old");
    symlinkSync("real", at("link"));
    await writeAll([[at("link"), [text("new")]]]);
    expect(readFileSync(at("real"), "utf8")).toBe("new");
  });
  it("into a device leaves the device", async () => {
    await writeAll([["/dev/null", [text("x")]]]);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });
  it("interrupted leaves nothing behind", async () => {
    // A child that writes without end, until a signal comes.
    const built = new URL("../../dist/io/files.js", import.meta.url).href;
    const script = `import { writeAll } from ${JSON.stringify(built)}; const block = new Uint8Array(1 << 20); await writeAll([[${JSON.stringify(at("endless"))}, new Array(4000).fill(block)]]);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: "ignore",
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
    });
    while (readdirSync(folder).length === 0) await new Promise((r) => setTimeout(r, 10));
    const ended = new Promise<string | null>((r) => child.on("exit", (_, signal) => r(signal)));
    child.kill("SIGINT");
    expect(await ended).toBe("SIGINT");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("before any work", () => {
  it("what cannot be written, or is read too, is refused", () => {
    writeFileSync(at("m.onnx"), "");
    symlinkSync("m.onnx", at("alias"));
    mkdirSync(at("sub"));
    for (const path of [folder, at("nowhere/x"), at("m.onnx/x"), "", at("n".repeat(300)), "a\0b"])
      expect(
        codeOf(() => refuseUnwritable(path)),
        JSON.stringify(path),
      ).toBe("file/write");
    for (const path of ["m.onnx", "sub/../m.onnx", "alias"])
      expect(
        codeOf(() => refuseUnwritable(at(path), [at("m.onnx")])),
        path,
      ).toBe("file/write");
    expect(codeOf(() => refuseUnwritable(at("new"), [at("new")]))).toBe("file/write");
    expect(codeOf(() => refuseUnwritable(at("new"), [at("m.onnx")]))).toBe("none");
    expect(codeOf(() => refuseUnwritable("/dev/null", ["/dev/null"]))).toBe("none");
  });
});

describe("reading", () => {
  it("gives the bytes, and says what cannot be read", () => {
    writeFileSync(at("f"), "abc");
    expect(new TextDecoder().decode(readBytes(at("f")))).toBe("abc");
    for (const path of [at("none"), folder, "/dev/zero", at("f/x"), "", "a\0b", at("n".repeat(300))])
      expect(
        codeOf(() => readBytes(path)),
        JSON.stringify(path),
      ).toBe("file/read");
  });
  it("of more than memory holds is refused", () => {
    writeFileSync(at("sparse"), "");
    truncateSync(at("sparse"), 2 ** 43);
    expect(codeOf(() => readBytes(at("sparse")))).toBe("file/read");
    expect(codeOf(() => readBytes(at("sparse"), 2 ** 30))).toBe("memory/limit");
  });
});
