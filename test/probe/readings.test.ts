import { describe, expect, it } from "vitest";
import type { Site } from "../../src/graph/site.js";
import { profilesAlong } from "../../src/probe/profile.js";
import { QUANTITIES, QUANTITY_NAMES } from "../../src/probe/quantities.js";
import { readingLines, readingsFromLines, readingsFromLog } from "../../src/probe/readings-lines.js";
import { Readings, WHOLE_BATCH } from "../../src/probe/readings.js";
import type { Reading } from "../../src/probe/readings.js";
import { stream } from "../../src/util/random.js";

// The store of readings against an array of objects, filtered the naive way.

const site = (name: string): Site => ({ kind: "value", name, module: name.slice(0, 1), nodes: [`/${name}`] });
// Two places of one name: the steps of a recurrent chain are called alike.
const SITES = ["a", "b", "c", "b", "d"].map(site);
const ODD = [NaN, Infinity, -Infinity, 0, 1e-308, -1.5e300, 1 / 3];

/** Readings of random places and moments, each once. */
function drawn(seed: number, count = 600): readonly Reading[] {
  const random = stream(seed, "readings");
  let at = 0;
  const below = (n: number): number => Math.floor(n * random.uniform(at++));
  const found = new Map<string, Reading>();
  for (let i = 0; i < count; i++) {
    const quantity = QUANTITY_NAMES[below(QUANTITY_NAMES.length)]!;
    const [place, step, batch, example] = [below(SITES.length), 20 * below(3), below(3), below(5) - 1];
    const value = below(8) === 0 ? ODD[below(ODD.length)]! : random.normal(at++);
    found.set([quantity, place, step, batch, example].join(), {
      quantity,
      site: place,
      step,
      batch,
      example,
      value,
      unit: QUANTITIES[quantity].unit,
    });
  }
  return [...found.values()];
}

function stored(rows: readonly Reading[], sites: readonly Site[] = SITES): Readings {
  const readings = new Readings(sites);
  for (const r of rows) readings.add(r.quantity, r.site, r.value, r);
  return readings;
}

function shuffled<T>(list: readonly T[], seed: number): readonly T[] {
  const random = stream(seed, "order");
  return list
    .map((item, i) => ({ item, key: random.uniform(i) }))
    .sort((p, q) => p.key - q.key)
    .map(({ item }) => item);
}

const all = (readings: Readings): readonly Reading[] => Array.from({ length: readings.length }, (_, i) => readings.get(i));
const inOrder = (rows: readonly Reading[]): readonly Reading[] =>
  [...rows].sort((p, q) => p.site - q.site || p.step - q.step || p.batch - q.batch || p.example - q.example);

describe("the columns", () => {
  it.each([1, 2, 3])("give back what was added, in its order (%i)", (seed) => {
    const rows = drawn(seed);
    expect(all(stored(rows))).toEqual(rows);
  });

  it.each([1, 2, 3, 4])("answer as a naive filter does, in whatever order they were filled (%i)", (seed) => {
    const rows = drawn(seed);
    const stores = [stored(rows), stored(shuffled(rows, seed)), stored(inOrder(rows))];
    for (const readings of stores) {
      for (const quantity of QUANTITY_NAMES) {
        const own = inOrder(rows.filter((r) => r.quantity === quantity));
        expect(readings.select(quantity)).toEqual(own);
        SITES.forEach((_, place) => {
          const here = own.filter((r) => r.site === place);
          expect(readings.select(quantity, place)).toEqual(here);
          for (const step of [0, 20, 40, 60])
            for (const batch of [0, 1, 2, 3]) {
              const then = here.filter((r) => r.step === step && r.batch === batch);
              const whole = then.filter((r) => r.example === WHOLE_BATCH).map((r) => r.value);
              const each = then.filter((r) => r.example !== WHOLE_BATCH).map((r) => r.value);
              expect(readings.at(quantity, place, { step, batch })).toEqual(whole[0]);
              expect(readings.values(quantity, place, { step, batch })).toEqual(each.length > 0 ? each : whole);
            }
        });
      }
      for (const step of [0, 20, 40, 60])
        expect(readings.batches(step)).toBe(Math.max(0, ...rows.filter((r) => r.step === step).map((r) => r.batch + 1)));
    }
  });

  it.each([1, 2])("make a profile of the examples that have a reading at every place (%i)", (seed) => {
    const rows = drawn(seed, 6000);
    const readings = stored(shuffled(rows, seed));
    const value = (place: number, batch: number, example: number): number | undefined =>
      rows.find((r) => r.quantity === "ln-gradient" && r.step === 20 && r.site === place && r.batch === batch && r.example === example)?.value;
    for (const sites of [[0], [2, 0, 4], [0, 1, 2, 3, 4]]) {
      const wanted = [0, 1, 2].flatMap((batch) =>
        [0, 1, 2, 3].flatMap((example) => {
          const values = sites.map((place) => value(place, batch, example));
          return values.every((v) => v !== undefined) ? [{ batch, example, values }] : [];
        }),
      );
      expect(readings.profile("ln-gradient", sites, 20)).toEqual(wanted);
    }
  });

  it("take a probe's lists as examples, and leave out what is not defined", () => {
    const readings = new Readings(SITES);
    readings.addAll(1, { "ln-gradient": [-1, -2], "ln-norm": [3], cosine: null, "centred-share": undefined, elements: 7 }, { batch: 2 });
    expect(all(readings).map((r) => [r.quantity, r.batch, r.example, r.value])).toEqual([
      ["ln-gradient", 2, 0, -1],
      ["ln-gradient", 2, 1, -2],
      ["ln-norm", 2, WHOLE_BATCH, 3],
      ["elements", 2, WHOLE_BATCH, 7],
    ]);
  });

  it("can be asked while they grow", () => {
    const readings = new Readings(SITES.slice(0, 1));
    for (let step = 0; step < 2000; step++) {
      readings.add("loss", 0, step / 7, { step });
      expect(readings.at("loss", 0, { step })).toBe(step / 7);
    }
    expect(readings.select("loss", 0)).toHaveLength(2000);
    expect(readings.at("loss", 0, { step: 2000 })).toBeUndefined();
    expect(readings.addSite(site("late"))).toBe(1);
    readings.add("ln-gradient", 1, -3, { step: 5 });
    expect(readings.values("ln-gradient", 1, { step: 5 })).toEqual([-3]);
  });
});

describe("lines of JSON", () => {
  it.each([1, 2, 3])("hold every reading and every place (%i)", (seed) => {
    for (const rows of [drawn(seed), inOrder(drawn(seed)), []]) {
      const readings = stored(rows);
      const lines = [...readingLines(readings)];
      for (const line of lines) expect(JSON.parse(line)).toBeTypeOf("object");
      const back = readingsFromLines(lines.join("\n"));
      expect(back.sites).toEqual(SITES);
      expect(all(back)).toEqual(rows);
      expect([...readingLines(back)]).toEqual(lines);
    }
  });

  it("put the examples of a place and moment into one line", () => {
    const readings = new Readings([site("a")]);
    readings.addAll(0, { "ln-gradient": [-1, -Infinity], loss: 2 });
    expect([...readingLines(readings)]).toEqual([
      '{"declare":0,"kind":"value","name":"a","module":"a","nodes":["/a"]}',
      '{"quantity":"ln-gradient","site":0,"step":0,"batch":0,"example":[0,1],"value":[-1,"-Infinity"],"unit":"ln"}',
      '{"quantity":"loss","site":0,"step":0,"batch":0,"value":2,"unit":"1"}',
    ]);
  });

  it("may be those of another program, which names places", () => {
    const lines = ['{"quantity":"ln-gradient","site":"a","value":-1,"extra":1}', "", '{"quantity":"ln-gradient","site":"b","step":3,"value":"NaN"}'];
    const read = readingsFromLines(`${lines.join("\r\n")}\n`);
    expect(read.sites.map((s) => s.name)).toEqual(["a", "b"]);
    const log = readingsFromLog([
      { quantity: "ln-gradient", site: "a", value: -1 },
      { quantity: "ln-gradient", site: "b", step: 3, value: NaN, unit: "ln" },
    ]);
    expect(all(log)).toEqual(all(read));
    expect(all(log)[1]).toEqual({ quantity: "ln-gradient", site: 1, step: 3, batch: 0, example: WHOLE_BATCH, value: NaN, unit: "ln" });
    // Of one name a parameter is another place than a value.
    const kinds = readingsFromLog([
      { quantity: "ln-norm", site: "w", value: 1 },
      { quantity: "ln-norm", site: "w", kind: "parameter", value: 2 },
    ]);
    expect(kinds.sites.map((s) => s.kind)).toEqual(["value", "parameter"]);
  });

  it.each([
    ["no JSON", "{", /line 1: this is not JSON/],
    ["an unknown quantity", '\n{"quantity":"ln-gradients","site":"a","value":1}', /line 2 ▸ quantity: this is no reading/],
    ["a word for a number", '{"quantity":"loss","site":"a","value":"1"}', /line 1 ▸ value: .*neither a number nor a list of them/],
    ["another unit", '{"quantity":"ln-gradient","site":"a","value":1,"unit":"log10"}', /expected ln, got log10/],
    ["a place that is not declared", '{"quantity":"loss","site":4,"value":1}', /a place that no line before declares/],
    ["fewer values than examples", '{"quantity":"loss","site":"a","example":[0,1],"value":[1]}', /differ in number/],
    ["a list of nothing", "[]", /this is no reading/],
  ])("are refused for %s", (_, text, message) => {
    expect(() => readingsFromLines(text)).toThrow(message);
  });
});

describe("a profile along places", () => {
  it("is that of one step of a log, without activations where none were logged", () => {
    const log = readingsFromLog(
      [0, 100].flatMap((step) => ["in", "middle", "out"].map((name, i) => ({ quantity: "ln-gradient" as const, site: name, step, value: i - step }))),
    );
    const along = (step: number) => profilesAlong(log, { sites: [0, 1, 2], independent: false, step });
    expect(along(0)).toEqual({ gradient: [[0, 1, 2]], activation: [], over: undefined, restarts: [false, false], zeroExamples: 0 });
    expect(along(100).gradient).toEqual([[-100, -99, -98]]);
    expect(along(50).gradient).toEqual([]);
  });

  it("takes batches where examples are not independent, or are not logged at every place", () => {
    const log = readingsFromLog([
      { quantity: "ln-gradient", site: "a", example: [0, 1], value: [0, 0] },
      { quantity: "ln-gradient", site: "b", example: [0, 1], value: [-1, "-Infinity"] },
    ]);
    expect(profilesAlong(log, { sites: [0, 1], independent: true })).toMatchObject({
      gradient: [
        [0, -1],
        [0, -Infinity],
      ],
      over: "examples",
    });
    expect(profilesAlong(log, { sites: [0, 1], independent: false })).toMatchObject({ gradient: [[0.5 * Math.log(2), -1]], over: undefined });
    log.add("ln-gradient", log.addSite(site("c")), 4);
    expect(profilesAlong(log, { sites: [0, 1, 2], independent: true }).gradient).toEqual([[0.5 * Math.log(2), -1, 4]]);
  });
});
