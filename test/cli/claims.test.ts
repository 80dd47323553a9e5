import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type Libsql from "libsql";
import { afterAll, describe, expect, it, vi } from "vitest";
import { CLAIMS } from "../../src/claims/index.js";
import { run } from "../../src/cli/commands.js";
import { progress } from "../../src/cli/progress.js";
import { claimsFromJson } from "../../src/study/claims-record.js";
import { IsogradError } from "../../src/util/errors.js";
import { Workplace } from "../support/command.js";

// The built command as a child process. Assumes dist/, as npm test makes it.

const place = new Workplace();
const Database = createRequire(import.meta.url)("libsql") as typeof Libsql;

/** Each result of a store with the seconds that measuring it took: another time if it is measured again. */
function resultsIn(store: string): unknown[] {
  const db = new Database(join(place.path(store), "trials.db"), { readonly: true });
  try {
    return db.prepare("SELECT key, seconds FROM results ORDER BY key").all();
  } finally {
    db.close();
  }
}

/** What a command refuses, without a process: `main` makes one line of it. */
async function refuses(verb: string, cases: readonly (readonly [args: readonly string[], message: RegExp])[]): Promise<void> {
  for (const [args, message] of cases) {
    const error = await run([verb, ...args]).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error, args.join(" ")).toBeInstanceOf(IsogradError);
    expect((error as IsogradError).message, args.join(" ")).toMatch(message);
  }
}
afterAll(() => place.remove());

describe("isograd claims", () => {
  it("measures a claim, prints its verdict, and writes page and record; again it finds everything", async () => {
    const args = ["claims", "skip-stops-explosion", "--seeds", "3", "--store", "store", "--html", "claims.html", "--json", "claims.json"];
    const first = await place.run(args);
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toMatch(/^(REFUTED|UNDECIDED) +skip-stops-explosion\n {2}“Skip connections solve exploding gradients\.”/);
    expect(first.stdout).toContain("Again: npx isograd claims skip-stops-explosion --quick --seeds 3");
    const record = claimsFromJson(readFileSync(place.path("claims.json"), "utf8"));
    expect(record.claims.map((c) => c.id)).toEqual(["skip-stops-explosion"]);
    expect(record).toMatchObject({
      size: { name: "quick", seeds: 3 },
      panel: CLAIMS.length,
      command: "npx isograd claims skip-stops-explosion --quick --seeds 3",
    });
    const page = readFileSync(place.path("claims.html"), "utf8");
    expect(page.startsWith("<!doctype html>")).toBe(true);
    expect(page).toContain('id="skip-stops-explosion"');
    const measured = resultsIn("store");
    const again = await place.run([...args.slice(0, 6), "--json", "again.json"]);
    expect(readFileSync(place.path("again.json"), "utf8")).toBe(readFileSync(place.path("claims.json"), "utf8"));
    expect(again.stdout).toBe(first.stdout);
    expect(measured.length).toBeGreaterThan(0);
    expect(resultsIn("store")).toEqual(measured);
  });

  it("lists every claim", async () => {
    const list = await place.run(["claims", "--list"]);
    expect(
      list.stdout
        .trimEnd()
        .split("\n")
        .map((l) => l.split(" ")[0]),
    ).toEqual(CLAIMS.map((c) => c.id));
  });

  it("is interrupted cleanly: exit code 130, no file, no half a verdict", async () => {
    const atWork = (): boolean => {
      try {
        return resultsIn("fresh").length > 0;
      } catch {
        // No store yet, or one without tables.
        return false;
      }
    };
    const args = ["claims", "mlp-never-explodes", "--seeds", "40", "--store", "fresh", "--html", "never.html", "--json", "never.json"];
    const ended = await place.run(args, { interrupt: atWork });
    expect([ended.code, ended.signal, ended.stdout]).toEqual([130, null, ""]);
    expect(ended.stderr).toMatch(/^isograd: stopping when the trials in work are done; what was measured is kept[^\n]*\n$/);
    expect(place.files().filter((f) => f.includes("never") || f.includes(".part"))).toEqual([]);
  });

  it("refuses in one sentence, before anything is measured", async () => {
    await refuses("claims", [
      [["skip-stops-explosoin"], /no claim "skip-stops-explosoin".*skip-stops-explosion/],
      [["--quick", "--full"], /exclude each other/],
      [["--seeds", "1"], /at least 2/],
      [["--html", "no/such/folder.html"], /no such folder/i],
      [["--html", "same.html", "--json", "same.html"], /already uses this file/],
    ]);
  });
});

describe("isograd phase", () => {
  it("measures a small diagram, and writes page and record", async () => {
    const args = ["phase", "--activation", "erf", "--grid", "3x2", "--depth", "9", "--width", "16", "--seeds", "3", "--store", "store"];
    const ended = await place.run([...args, "--html", "phase.html", "--json", "phase.json"]);
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(ended.stdout).toMatch(/^Order to chaos: erf\n/);
    const record = JSON.parse(readFileSync(place.path("phase.json"), "utf8")) as { schema: string; cells: unknown[]; command: string };
    expect(record.schema).toBe("isograd/phase/1");
    expect(record.cells).toHaveLength(6);
    expect(record.command).toContain("npx isograd phase --activation erf");
    expect(readFileSync(place.path("phase.html"), "utf8")).toContain('class="field ');
    const own = await place.run([...args.slice(0, 1), "--activation", '{"name":"leaky","alpha":0.3}', ...args.slice(3)]);
    expect([own.code, own.stderr]).toEqual([0, ""]);
    expect(own.stdout).toMatch(/^Order to chaos: leaky\(0\.3\)\n/);
  });

  it("refuses in one sentence", async () => {
    await refuses("phase", [
      [["--activation", "tanhh"], /no activation "tanhh".*did you mean "tanh"/i],
      [["--activation", '{"name":"elu"}'], /--activation .* is not valid/],
      [["--grid", "9"], /WxH/],
      [["--sigma-w2", "4:1"], /two numbers that rise/],
      [["--depth", "3"], /at least 6/],
      [["tanh"], /--activation tanh/],
    ]);
  });
});

describe("isograd predict", () => {
  it("says the same of a name and fields, JSON text, a JSON file and the network's file", async () => {
    place.write("spec.json", '{ "arch": "residual-mlp", "depth": 6, "width": 32, "seed": 2 }');
    await place.run(["net", "spec.json", "--out", "net.onnx"]);
    const of = async (...args: string[]): Promise<string> => {
      const ended = await place.run(["predict", ...args]);
      expect([ended.code, ended.stderr]).toEqual([0, ""]);
      return ended.stdout.split("\n").slice(2).join("\n");
    };
    const words = await of("residual-mlp", "depth=6", "width=32", "--seed", "2");
    expect(words).toMatch(/Theory: From output to input the squared gradient grows ×/);
    expect(await of('{"arch":"residual-mlp","depth":6}', "width=32", "seed=2")).toBe(words);
    expect(await of("spec.json")).toBe(words);
    expect(await of("net.onnx")).toBe(words);
    const json = JSON.parse((await place.run(["predict", "spec.json", "--json", "-"])).stdout) as { schema: string; blocks: unknown[] };
    expect([json.schema, json.blocks.length]).toEqual(["isograd/predict/1", 7]);
    expect((await place.run(["predict", "spec.json", "--json", "predicted.json"])).code).toBe(0);
    expect(place.has("predicted.json")).toBe(true);
  });

  it("refuses in one sentence", async () => {
    await refuses("predict", [
      [[], /predict takes a network/],
      [["mpl"], /Did you mean "mlp"\?/i],
      [["missing.onnx"], /no such file/],
      [[place.path("net.onnx"), "depth=3"], /a file has no fields/],
      [[place.path("net.onnx"), "--seed", "1"], /drawn already/],
      [[place.path("spec.json"), "--json", place.path("spec.json")], /already uses this file/],
    ]);
  });
});

describe("a line of progress", () => {
  it("makes way for what is printed, comes back, and goes for good", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
    try {
      const written: string[] = [];
      const line = progress({ isTTY: true, write: (t: string) => written.push(t) });
      line.say("trial 1 of 9");
      line.clear();
      expect(written).toEqual([]);
      vi.advanceTimersByTime(1500);
      expect(written.at(-1)).toBe("\r\u001b[2Ktrial 1 of 9 … 2 s");
      line.clear();
      expect(written.at(-1)).toBe("\r\u001b[2K");
      line.say("trial 2 of 9");
      expect(written.at(-1)).toBe("\r\u001b[2K");
      vi.advanceTimersByTime(250);
      expect(written.at(-1)).toBe("\r\u001b[2Ktrial 2 of 9 … 2 s");
      line.end();
      const count = written.length;
      vi.advanceTimersByTime(5000);
      line.say("late");
      expect([written.at(-1), written.length]).toEqual(["\r\u001b[2K", count]);
      const quiet: string[] = [];
      const piped = progress({ write: (t: string) => quiet.push(t) });
      piped.say("trial 1 of 9");
      vi.advanceTimersByTime(1900);
      expect(quiet).toEqual([]);
      vi.advanceTimersByTime(3000);
      expect(quiet).toEqual(["isograd: trial 1 of 9 … 2 s\n"]);
      piped.say("trial 8 of 9");
      vi.advanceTimersByTime(15_000);
      expect(quiet.slice(1)).toEqual(["isograd: trial 8 of 9 … 17 s\n"]);
      piped.clear();
      piped.end();
      vi.advanceTimersByTime(60_000);
      expect(quiet.length).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });
});
