import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { networkSite, parametersSite, valueSite } from "../../src/graph/site.js";
import type { Site } from "../../src/graph/site.js";
import { readModel, readTensors } from "../../src/io/files.js";
import { profilesAlong, profilesOf } from "../../src/probe/profile.js";
import { readingLines, readingsFromLines } from "../../src/probe/readings-lines.js";
import { WHOLE_BATCH } from "../../src/probe/readings.js";
import { openRuntime } from "../../src/runtime/select.js";
import { checkJson } from "../../src/study/check-record.js";
import { judged } from "../../src/study/check/judged.js";
import { observe } from "../../src/study/check/observe.js";
import type { Observed } from "../../src/study/check/observe.js";
import type { CheckOptions } from "../../src/study/check/options.js";
import { stretchSite } from "../../src/structure/block-site.js";
import { withNonFinite } from "../../src/util/json.js";
import { judgeChains } from "../../src/verdict/chains.js";
import { judge } from "../../src/verdict/judge.js";

// What a check-up tells rests on its readings alone: written down, read back, or logged by another program, they give the same.

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
const runtime = openRuntime("node", { threads: 1 });
afterAll(async () => (await runtime).close());

/** Fixtures and what they are checked with; those without a batch draw inputs, and eight batches where examples influence each other. */
const NETWORKS: readonly (readonly [path: string, options?: Partial<CheckOptions>])[] = [
  ["torch/mlp_dropout", { learningRate: 0.1, lossScale: 1024 }],
  ["torch/resnet"],
  ["torch/highway_dense"],
  ["torch/gpt_tied"],
  ["torch/lstm_cell_unrolled"],
  ["torch/squeezenet"],
  ["torch/vgg_bn", { batches: undefined }],
  ["structure/highway.onnx"],
  ["structure/elman_cells.onnx"],
  ["structure/norm_on_trunk.onnx"],
];

async function observed(path: string, given: Partial<CheckOptions> = {}): Promise<{ readonly seen: Observed; readonly options: CheckOptions }> {
  const file = join(fixtures, path.endsWith(".onnx") ? path : `${path}/model.onnx`);
  const batch = join(fixtures, path, "batch.safetensors");
  const options: CheckOptions = { runtime: await runtime, ...(existsSync(batch) ? { batches: [readTensors(batch)] } : {}), ...given };
  const seen = await observe(readModel(file), { ...options, onProgress: () => {} });
  return { seen, options };
}

/** The gradients, and activations where asked, of the boundaries of the body as another program would log them: named places, a line for each number. */
function logged({ measured: { readings, places } }: Observed, boundaries: readonly number[], activations: boolean): string {
  const lines = boundaries.flatMap((cut, i) => {
    const site = places.cuts[cut]!;
    const gradients = readings.select("ln-gradient", site);
    const norms = activations ? readings.select("ln-norm", site) : [];
    const elements = readings.at("elements", site)!;
    return [...gradients, ...norms].map(({ quantity, batch, example, value }) => ({
      quantity: quantity === "ln-norm" ? "ln-activation" : quantity,
      site: `boundary ${i}`,
      ...(batch > 0 ? { batch } : {}),
      ...(example === WHOLE_BATCH ? {} : { example }),
      value: quantity === "ln-norm" ? value - 0.5 * Math.log(elements) : value,
    }));
  });
  return lines.map((line) => JSON.stringify(line, withNonFinite)).join("\n");
}

describe.each(NETWORKS.map(([path, given]) => ({ path, given })))("the readings of $path", ({ path, given }) => {
  const ready = observed(path, given);

  it("are of places that one look at each finds, too", async () => {
    const { measured, joined, prepared } = (await ready).seen;
    const { structure } = joined;
    const { places, readings } = measured;
    const { graph } = prepared.bound;
    const at = (site: number): Site => readings.sites[site]!;
    expect(at(places.network)).toEqual(networkSite);
    structure.trunk.forEach((cut, i) => {
      const site = at(places.cuts[i]!);
      expect(site.name).toBe(cut.name);
      if (cut.values.length === 1 && cut.name === cut.values[0]) expect(site).toEqual(valueSite(graph, cut.name));
    });
    structure.blocks.forEach((block, i) => expect(at(places.blocks[i]!)).toEqual(stretchSite(structure, graph, [block])));
    for (const { parameter, site } of places.parameters) expect(at(site)).toEqual(parametersSite(graph, [parameter.name]));
    for (const { unit, site } of places.units) expect(at(site).nodes).toEqual(valueSite(graph, unit.value).nodes);
    expect(new Set(readings.sites).size).toBe(readings.sites.length);
  });

  it("give the same record after they were written down", async () => {
    const { seen, options } = await ready;
    const { measured } = seen;
    const readings = readingsFromLines([...readingLines(measured.readings)].join("\n"));
    expect(readings).not.toBe(measured.readings);
    expect(readings.length).toBe(measured.readings.length);
    const json = (o: Observed): string => checkJson({ ...judged(o, options, 0), seconds: 0 });
    const again = { ...measured, readings };
    const chains = judgeChains({ ...seen.joined, measured: again, others: seen.others, mixing: seen.mixing });
    expect(json({ ...seen, measured: again, chains })).toBe(json(seen));
  });

  it("give the same verdict from the log of another program", async () => {
    const { seen } = await ready;
    const profiles = profilesOf(seen.joined.structure, seen.measured, seen.mixing);
    const verdict = judge(profiles);
    const fromLog = (activations: boolean) => {
      const readings = readingsFromLines(logged(seen, profiles.boundaries, activations));
      const sites = [...readings.sites.keys()];
      expect(sites).toHaveLength(profiles.boundaries.length);
      return judge(profilesAlong(readings, { sites, independent: seen.mixing === false, restarts: profiles.restarts }));
    };
    expect(fromLog(true)).toEqual(verdict);
    const { decision, law, rise, fall, gradient, projection, from, to } = verdict;
    expect(fromLog(false)).toMatchObject({ decision, law, rise, fall, gradient, projection, from, to, cause: null });
  });
});
