import * as z from "zod";
import { list } from "../util/format.js";
import { list as listOf, object } from "../util/json.js";
import type { Graph, NodeNote } from "./graph.js";
import { INSIDE, modulePath, modulesOfNode, modulesOfParameter, sharedStart } from "./module-path.js";

/** What a site may be. */
export const SITE_KINDS = ["network", "block", "node", "value", "parameter"] as const;

/** Where a place is in the program that was exported, as far as the file tells it. */
export const programFields = {
  module: z.string().exactOptional().meta({
    description: "The module that holds all of it, as PyTorch writes it: `layer1.0.conv1`. Absent where the names tell none.",
  }),
  source: z
    .string()
    .exactOptional()
    .meta({ description: "The lines of the program that it comes from: `model.py:42`, `model.py:42–57`. Absent where the file does not say." }),
};

export const siteSchema = object({
  kind: z.enum(SITE_KINDS),
  name: z.string().meta({ description: "The name that texts show, from the outside in; of several places the first, and how many more there are." }),
  ...programFields,
  nodes: listOf(z.string()).meta({
    description: "Names of the file's nodes at this place; for parameters those that read them. Empty for the whole network.",
  }),
}).meta({ id: "site", description: "A place in the network." });

/** A place in a network: all of it, a block or a stretch of blocks, a node, a value or a parameter, or several of a kind. */
export type Site = z.output<typeof siteSchema>;

/** The name of a place that is the whole network. */
export const WHOLE = "the whole network";

/** The whole network. */
export const networkSite: Site = { kind: "network", name: WHOLE, nodes: [] };

/** The module of a site, by the modules of all that lies in it; nothing where they share none. */
export function moduleOf(paths: readonly (readonly string[])[]): Pick<Site, "module"> {
  const shared = sharedStart(paths);
  return shared.length === 0 ? {} : { module: shared.join(".") };
}

/** Nodes of the file, by their names; the site's name has at most `most` of them. */
export const nodesSite = (names: readonly string[], most?: number): Site => ({
  kind: "node",
  name: list(names.map(modulePath), most),
  ...moduleOf(names.map(modulesOfNode)),
  nodes: names,
});

/** A value of a graph, and the node that makes it. */
export function valueSite(graph: Graph, name: string): Site {
  const nodes = fileNodes(graph, (n) => n.outputs.includes(name));
  return { kind: "value", name, ...moduleOf(nodes.map(modulesOfNode)), nodes };
}

/** Parameters of a graph, by their names. */
export function parametersSite(graph: Graph, names: readonly string[]): Site {
  const wanted = new Set(names);
  return {
    kind: "parameter",
    name: list(names),
    ...moduleOf(names.map(modulesOfParameter)),
    nodes: fileNodes(graph, (n) => n.inputs.some((v) => wanted.has(v))),
  };
}

/** A site with the module and the lines of the program that the file notes of its nodes, where it has none yet. */
export function located(site: Site, notes: ReadonlyMap<string, NodeNote>): Site {
  if (site.kind === "network" || notes.size === 0) return site;
  const sources = site.nodes.flatMap((n) => notes.get(n)?.source ?? []);
  const source = site.source ?? linesOf([...new Set(sources)]);
  return { ...site, ...(site.module === undefined ? moduleOf(site.nodes.map(modulesOfNode)) : {}), ...(source === undefined ? {} : { source }) };
}

/** `model.py:7`, `model.py:7–12`, or the lines of several files; undefined for none. */
function linesOf(sources: readonly string[]): string | undefined {
  const files = new Map<string, number[]>();
  for (const s of sources) {
    const [, file, line] = /^(.*):(\d+)$/.exec(s)!;
    files.set(file!, [...(files.get(file!) ?? []), Number(line)]);
  }
  const range = ([file, lines]: [string, number[]]): string => {
    const [first, last] = [Math.min(...lines), Math.max(...lines)];
    return first === last ? `${file}:${first}` : `${file}:${first}–${last}`;
  };
  return files.size === 0 ? undefined : list([...files].map(range), 2);
}

/** A place in words, by default its name, with its module where these do not tell it, and the lines of the program that it comes from. */
export function placeName(site: Site, words: string = site.name): string {
  const { module, source } = site;
  const told = module === undefined || words.replaceAll(INSIDE, ".").includes(module);
  const more = [...(told ? [] : [module]), ...(source === undefined ? [] : [source])];
  return more.length === 0 ? words : `${words} (${more.join(", ")})`;
}

/** The file's nodes behind those of a bound graph that are wanted: each once, in the graph's order. */
export const fileNodes = (graph: Graph, wanted: (node: Graph["nodes"][number]) => boolean): readonly string[] => [
  ...new Set(graph.nodes.flatMap((n) => (wanted(n) ? [n.origin?.node ?? n.name] : []))),
];
