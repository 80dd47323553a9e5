import { appendLossOnLogits, cotangentInput, lossOutput } from "../autodiff/loss.js";
import type { LossRequest } from "../autodiff/loss.js";
import { Rescaler } from "../autodiff/rescale.js";
import { appendVjp } from "../autodiff/vjp.js";
import type { GraphBuilder } from "../graph/builder.js";
import { producers } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import { isFloat, tensor } from "../graph/tensor.js";
import { newBuilder } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import { parametersOf } from "../passes/parameters.js";
import type { Parameter } from "../passes/parameters.js";
import { withExactCuts } from "../structure/exact-cuts.js";
import type { Structure, Route } from "../structure/types.js";
import { activationSquares } from "./activation-squares.js";
import type { ActivationSquares } from "./activation-squares.js";
import { gradientSquares } from "./gradient-squares.js";
import { together } from "./probe.js";
import type { CotangentSite, Get, ProbeContext, Reader } from "./probe.js";
import { cutReader, gradientReader } from "./probes.js";
import type { CutResults, GradientResults } from "./probes.js";
import { unitSites } from "./unit-sites.js";
import { units } from "./units.js";
import type { UnitSite, Units } from "./units.js";

/** ln Σ g² of each example over what one route adds to the cotangent of a block's input; undefined where there is no such route, or no gradient. */
export type RouteSquares = readonly number[] | undefined;

/** What one run found at a parameter. */
export interface ParameterResults extends GradientResults {
  readonly parameter: Parameter;
}

/**
 * The results of one run of a measurement graph, as its probes give them. A check-up puts them into the columns of readings (`check-readings.ts`); a trial,
 * of which thousands run in a minute, uses them as they are.
 */
export interface Measurement {
  /** Undefined where a random cotangent takes the place of a loss. */
  readonly loss: number | undefined;
  readonly cuts: readonly CutResults[];
  /** One for each block: through its branch alone, and through the block alone where other nodes take its input, too. */
  readonly branches: readonly RouteSquares[];
  readonly entries: readonly RouteSquares[];
  readonly parameters: readonly ParameterResults[];
  readonly units: readonly (UnitSite & Units)[];
  /** ln of the norm of the gradient by each float input of the network that a gradient reaches, but those that are cuts of the trunk. */
  readonly inputs: readonly { readonly name: string; readonly lnGradient: number }[];
}

/** What to measure. */
export interface MeasureRequest extends Omit<LossRequest, "loss"> {
  /** Without it a cotangent input takes the place of the loss. */
  readonly loss?: LossRequest["loss"];
  /** Number of examples in the batch. */
  readonly examples: number;
  /** Whether to rescale the backward pass at the boundaries of blocks, for networks whose gradients overflow or underflow. */
  readonly rescale?: boolean;
  /** Whether squares of activations may overflow or underflow (see `lnSquares`). */
  readonly careful?: boolean;
  /** What to leave out: the gradients of parameters; the lost shares of their elements; dead and saturated units. */
  readonly omit?: readonly ("parameters" | "elements" | "units")[];
  /** Names of tensors that are no parameters, though a gradient could reach them. */
  readonly setAside?: ReadonlySet<string>;
}

/** A graph of standard ops with the forward pass, the backward pass and all probes, and how to read a run. */
export interface MeasurementGraph {
  readonly graph: Graph;
  readonly labelsInput?: string;
  readonly cotangentInput?: string;
  readonly classes?: number;
  readonly warnings: readonly string[];
  read(get: Get): Measurement;
  /** Returns the graph without its probes: its outputs are the loss, or the output that a cotangent is drawn for, and all gradients that are measured. */
  differentiated(): Graph;
}

/** Appends the loss, the backward pass and all probes to a bound network. Errors: `spec/…`, `batch/…`, `autodiff/…`. */
export function measurementGraph(bound: Bound, structure: Structure, request: MeasureRequest): MeasurementGraph {
  const exact = withExactCuts(bound.graph, structure.trunk);
  const b = newBuilder(exact.graph);
  b.outputs.length = 0;
  const end = request.loss ? appendLossOnLogits(b, bound, { ...request, loss: request.loss }) : undefined;
  const from = end?.from ?? lossOutput(bound, request.output);
  const cotangent = end ? undefined : cotangentInput(b, from);
  const type = end ? b.type(end.loss) : undefined;
  const seeds = end ? new Map([[end.loss, b.constant(tensor(type!.dtype, type!.shape, [1]))]]) : new Map([[from, cotangent!]]);

  const forward = [...b.nodes];
  const omits = (what: "parameters" | "elements" | "units"): boolean => request.omit?.includes(what) === true;
  const parameters = omits("parameters") ? [] : parametersOf(bound, from).filter((p) => request.setAside?.has(p.name) !== true);
  const cutValues = [...new Set(exact.cuts.flat())].filter((v) => isFloat(b.dtype(v)));
  const inputs = omits("parameters") ? [] : bound.graph.inputs.map((i) => i.name).filter((v) => isFloat(b.dtype(v)) && !cutValues.includes(v));
  const trained = parameters.filter((p) => p.reaches).map((p) => p.name);
  const wrt = [...new Set([...trained, ...inputs, ...cutValues])];
  const rescale = request.rescale ? new Rescaler(boundaries(exact.graph, structure, exact.cuts)) : undefined;
  const routes = routeParts(structure);
  const cotangents = appendVjp(b, { nodes: forward, seeds, wrt, onPart: routes.onPart, ...(rescale ? { rescale } : {}) });
  const nodes = [...b.nodes];
  const gradients = [...new Set([...trained, ...inputs].flatMap((v) => cotangents.get(v) ?? []))];
  const results = [end?.loss ?? from, ...gradients];

  const c: ProbeContext = {
    b,
    examples: request.examples,
    fetch: fetcher(b),
    parameters: parameters.length,
    careful: { forward: request.careful === true, backward: request.rescale === true },
  };
  const siteOf = (value: string): CotangentSite | undefined => {
    const g = cotangents.get(value);
    const logScale = rescale?.logScale.get(value);
    return g === undefined ? undefined : { cotangent: g, ...(logScale === undefined ? {} : { logScale }) };
  };
  const loss = end ? c.fetch(b.reshape(end.loss, [1])) : undefined;
  const makers = producers(exact.graph);
  const cuts = exact.cuts.map((values) => {
    const floats = values.filter((v) => b.isFloat(v));
    const maker = makers.get(values[values.length - 1]!);
    const site = { values, floats, gradients: floats.map(siteOf).filter((s) => s !== undefined) };
    const read = cutReader(c, site, (role) => (b.origin = maker && { node: maker.name, op: maker.op, role }));
    b.origin = undefined;
    return read;
  });
  const branches = structure.blocks.map((block) => routeReader(c, block.branch, routes.parts, rescale));
  const entries = structure.blocks.map((block) => {
    // In the exact graph a value of the cut may be a copy.
    const own = (from: string): string => exact.cuts[block.from]![structure.trunk[block.from]!.values.indexOf(from)] ?? from;
    return readTogether((block.entry ?? []).map((route) => routeReader(c, { ...route, from: own(route.from) }, routes.parts, rescale)));
  });
  const parameterReaders = parameters.map((parameter): Reader<ParameterResults> => {
    const read = gradientReader(c, siteOf(parameter.name), !omits("elements"));
    return (get) => ({ parameter, ...read(get) });
  });
  const inputReaders = inputs.flatMap((name) => {
    const site = siteOf(name);
    if (site === undefined) return [];
    // What is added to scores as −10³⁸ in a mask gives the mask a gradient whose squares leave float32.
    const read = gradientReader({ ...c, careful: { forward: c.careful?.forward === true, backward: true } }, site, false);
    return [(get: Get) => ({ name, lnGradient: read(get).lnGradient })];
  });
  const sites = omits("units") ? [] : unitSites(bound, exact.graph);
  const unitReaders = sites.map((site): Reader<UnitSite & Units> => {
    const maker = makers.get(site.value)!;
    b.origin = { node: maker.name, op: maker.op, role: "probe" };
    const read = units(c, site);
    b.origin = undefined;
    return (get) => ({ ...site, ...read(get) });
  });
  return {
    graph: withoutDeadCode(withoutRepeats(b.build(bound.graph.name))),
    warnings: end?.warnings ?? [],
    ...(end?.labelsInput === undefined ? {} : { labelsInput: end.labelsInput }),
    ...(end?.classes === undefined ? {} : { classes: end.classes }),
    ...(cotangent === undefined ? {} : { cotangentInput: cotangent }),
    read: (get) => ({
      loss: loss === undefined ? undefined : get(loss).data[0]!,
      cuts: cuts.map((r) => r(get)),
      branches: branches.map((r) => r(get)),
      entries: entries.map((r) => r(get)),
      parameters: parameterReaders.map((r) => r(get)),
      units: unitReaders.map((r) => r(get)),
      inputs: inputReaders.map((r) => r(get)),
    }),
    differentiated: () => withoutDeadCode({ ...b.build(bound.graph.name), nodes, outputs: results }),
  };
}

/** Builds a graph that runs forward only and measures the activations at the blocks' boundaries, for the test whether examples influence each other. */
export function forwardGraph(
  bound: Bound,
  structure: Structure,
  examples: number,
): { readonly graph: Graph; read(get: Get): readonly ActivationSquares[] } {
  const b = newBuilder(bound.graph);
  b.outputs.length = 0;
  const c: ProbeContext = { b, examples, fetch: fetcher(b) };
  const values = structure.trunk.filter((cut) => cut.boundary).map((cut) => cut.values[cut.values.length - 1]!);
  const readers = values.filter((v) => isFloat(b.dtype(v))).map((v) => activationSquares(c, v));
  return { graph: withoutDeadCode(withoutRepeats(b.build(bound.graph.name))), read: (get) => readers.map((r) => r(get)) };
}

/** Returns a function that makes a value an output of the graph once, and gives the output's name; an input or weight gets a name of its own. */
export function fetcher(b: GraphBuilder): (value: string) => string {
  const made = new Set<string>();
  const known = new Map<string, string>();
  let seen = 0;
  return (value) => {
    const have = known.get(value);
    if (have !== undefined) return have;
    for (; seen < b.nodes.length; seen++) for (const o of b.nodes[seen]!.outputs) made.add(o);
    const out = made.has(value) ? value : b.op("Identity", [value]);
    b.outputs.push(out);
    known.set(value, out);
    return out;
  };
}

/** Collects the parts that the first nodes of routes add to the cotangents of their inputs, by input. */
function routeParts(structure: Structure): {
  readonly parts: ReadonlyMap<string, readonly RoutePart[]>;
  onPart(value: string, user: Node, part: string): void;
} {
  const wanted = new Set(structure.blocks.flatMap((b) => [...(b.branch?.users ?? []), ...(b.entry ?? []).flatMap((r) => r.users)]));
  const parts = new Map<string, RoutePart[]>();
  return {
    parts,
    onPart: (value, user, part) => {
      if (!wanted.has(user.name)) return;
      const list = parts.get(value);
      if (list) list.push({ user, part });
      else parts.set(value, [{ user, part }]);
    },
  };
}

interface RoutePart {
  readonly user: Node;
  readonly part: string;
}

function routeReader(
  c: ProbeContext,
  route: Route | null,
  parts: ReadonlyMap<string, readonly RoutePart[]>,
  rescale: Rescaler | undefined,
): Reader<RouteSquares> {
  const own = route === null ? [] : (parts.get(route.from) ?? []).filter((p) => route.users.includes(p.user.name));
  const last = own[own.length - 1];
  if (route === null || !last) return () => undefined;
  const { b } = c;
  b.origin = { node: last.user.name, op: last.user.op, role: "backward", value: route.from };
  const sum = own.map((p) => p.part);
  const cotangent = rescale ? rescale.total(b, sum) : b.sum(sum)!;
  const logScale = rescale?.scaleOf(b, cotangent);
  const read = gradientSquares(c, { cotangent, ...(logScale === undefined ? {} : { logScale }) });
  b.origin = undefined;
  return read;
}

/** Reads the squares of several routes together; those that have none are left out. */
const readTogether =
  (readers: readonly Reader<RouteSquares>[]): Reader<RouteSquares> =>
  (get) => {
    const found = readers.map((read) => read(get)).filter((squares) => squares !== undefined);
    return found.length === 0 ? undefined : together(found);
  };

/** The indices of the nodes that compute the values at the blocks' boundaries. */
function boundaries(graph: Graph, structure: Structure, cuts: readonly (readonly string[])[]): ReadonlySet<number> {
  const wanted = new Set(structure.trunk.flatMap((cut, i) => (cut.boundary ? cuts[i]! : [])));
  return new Set(graph.nodes.flatMap((n, i) => (n.outputs.some((o) => wanted.has(o)) ? [i] : [])));
}
