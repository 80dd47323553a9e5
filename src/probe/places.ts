import { modulesOfNode, modulesOfParameter } from "../graph/module-path.js";
import { producers } from "../graph/graph.js";
import { located, moduleOf, networkSite } from "../graph/site.js";
import type { Site } from "../graph/site.js";
import type { Bound } from "../passes/bind.js";
import type { Parameter } from "../passes/parameters.js";
import { blockName, moduleOfBlocks } from "../structure/block-site.js";
import type { Structure } from "../structure/types.js";
import type { UnitSite } from "./units.js";

/** Where a network is measured: of each of its places the number in the table of sites. */
export interface Places {
  readonly network: number;
  /** By the cut's depth on the trunk. */
  readonly cuts: readonly number[];
  /** By the block's position. */
  readonly blocks: readonly number[];
  readonly parameters: readonly { readonly parameter: Parameter; readonly site: number }[];
  readonly units: readonly { readonly unit: UnitSite; readonly site: number }[];
  /** The float inputs that are no cuts of the trunk. */
  readonly inputs: readonly { readonly name: string; readonly site: number }[];
}

/** Lists the places where a bound network is measured as sites, and their numbers. A value that is a cut and an activation function's output is one place. */
export function placesOf(
  bound: Bound,
  structure: Structure,
  measured: { readonly parameters: readonly Parameter[]; readonly units: readonly UnitSite[]; readonly inputs: readonly { readonly name: string }[] },
): { readonly sites: readonly Site[]; readonly places: Places } {
  const sites: Site[] = [networkSite];
  const numberOf = (site: Site): number => sites.push(located(site, bound.notes)) - 1;
  const { graph } = bound;
  // One pass over the nodes: a network may have thousands of places.
  const makers = producers(graph);
  const fileNode = new Map(graph.nodes.map((n) => [n.name, n.origin?.node ?? n.name]));
  const readers = new Map<string, Set<string>>();
  for (const n of graph.nodes)
    for (const v of n.inputs) if (bound.candidates.has(v)) readers.set(v, (readers.get(v) ?? new Set()).add(fileNode.get(n.name)!));
  const valueSite = (name: string, values: readonly string[]): Site => {
    const nodes = distinct(values.flatMap((v) => fileNode.get(makers.get(v)?.name ?? "") ?? []));
    return { kind: "value", name, ...moduleOf(nodes.map(modulesOfNode)), nodes };
  };
  const ofValue = new Map<string, number>();
  const cuts = structure.trunk.map((cut) => {
    const number = numberOf(valueSite(cut.name, cut.values));
    if (cut.values.length === 1) ofValue.set(cut.values[0]!, number);
    return number;
  });
  const blocks = structure.blocks.map((block) => {
    const nodes = distinct(block.nodes.flatMap((n) => fileNode.get(n) ?? []));
    return numberOf({ kind: "block", name: blockName(structure, block), ...moduleOfBlocks([block]), nodes });
  });
  const parameters = measured.parameters.map((parameter) => {
    const { name } = parameter;
    const site: Site = { kind: "parameter", name, ...moduleOf([modulesOfParameter(name)]), nodes: [...(readers.get(name) ?? [])] };
    return { parameter, site: numberOf(site) };
  });
  const units = measured.units.map(({ value, op, axis }) => {
    const site = ofValue.get(value) ?? numberOf(valueSite(value, [value]));
    return { unit: { value, op, axis }, site };
  });
  const inputs = measured.inputs.map(({ name }) => ({ name, site: numberOf(valueSite(name, [name])) }));
  return { sites, places: { network: 0, cuts, blocks, parameters, units, inputs } };
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];
