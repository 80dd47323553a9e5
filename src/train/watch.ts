import type { LossSpec } from "../autodiff/loss.js";
import type { Graph } from "../graph/graph.js";
import type { ValueType } from "../graph/tensor.js";
import { norm } from "../math/norm.js";
import type { Bound } from "../passes/bind.js";
import { lnActivationOf, lnGradientOf } from "../probe/flow.js";
import { measurementGraph } from "../probe/measurement.js";
import { placesOf } from "../probe/places.js";
import type { Readings } from "../probe/readings.js";
import type { Values } from "../runtime/runtime.js";
import { structureOf } from "../structure/structure.js";
import type { Structure } from "../structure/types.js";

/** What is watched of a network while it is trained: the gradient at every depth, and by every parameter. */
export interface Watch {
  readonly graph: Graph;
  readonly labelsInput: string | undefined;
  readonly structure: Structure;
  /** Adds what a run of the graph found, and how the step changed the parameters, to the readings of a step. */
  read(values: Values, change: { readonly before: Values; readonly after: Values }, readings: Readings, step: number): void;
}

/** What the measured graph is built from. */
export interface WatchRequest {
  readonly loss: LossSpec;
  readonly from: string;
  /** The output, by its name in the file. */
  readonly output: string;
  readonly answers: ValueType | undefined;
  readonly examples: number;
  readonly setAside: ReadonlySet<string>;
}

/** Builds the graph that measures a network in training, on the same bound graph as its step. Numbers are of the whole batch. Errors as of {@link measurementGraph}. */
export function watchOf(bound: Bound, request: WatchRequest): Watch {
  const structure = structureOf(bound, request.from);
  const made = measurementGraph(bound, structure, {
    loss: request.loss,
    output: request.output,
    ...(request.answers === undefined ? {} : { labels: request.answers }),
    examples: request.examples,
    setAside: request.setAside,
    omit: ["elements", "units"],
  });
  let known: ReturnType<typeof placesOf> | undefined;
  return {
    graph: made.graph,
    labelsInput: made.labelsInput,
    structure,
    read(values, { before, after }, readings, step) {
      const found = made.read((output) => values.get(output)!);
      if (!known) {
        known = placesOf(bound, structure, { parameters: found.parameters.map((p) => p.parameter), units: [], inputs: [] });
        // The first place of both tables is the network.
        for (const site of known.sites.slice(readings.sites.length)) readings.addSite(site);
      }
      const { places } = known;
      found.cuts.forEach((cut, i) => {
        const site = places.cuts[i]!;
        if (cut.lnGradientSquares) readings.add("ln-gradient", site, lnGradientOf(cut), { step });
        if (cut.activation.lnSquares.length > 0) readings.add("ln-activation", site, lnActivationOf(cut), { step });
      });
      for (const { parameter, site } of places.parameters) {
        const [w, next] = [before.get(parameter.name), after.get(parameter.name)];
        if (!w || !next) continue;
        readings.add("ln-norm", site, Math.log(norm(w.data)), { step });
        readings.add("ln-update", site, Math.log(norm(Float64Array.from(next.data, (v: number, i: number) => v - w.data[i]!))), { step });
      }
      found.parameters.forEach(({ lnGradient }, i) => readings.add("ln-gradient", places.parameters[i]!.site, lnGradient, { step }));
    },
  };
}
