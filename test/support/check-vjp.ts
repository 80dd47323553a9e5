import { expect } from "vitest";
import type { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { centralDifference, dot, floatInputs, floatOutputs, jvpGraph, randomLike, vjpGraph } from "./differentiate.js";
import type { Feeds } from "./differentiate.js";

const bars = (u: ReadonlyMap<string, Tensor>): [string, Tensor][] => [...u].map(([k, v]) => [`bar/${k}`, v]);

/** ⟨t, Jᵀu⟩ by the vjp, and the size of what was summed, to judge errors against. */
function reverseProduct(graph: Graph, feeds: Feeds, salt = ""): { readonly reverse: number; readonly scale: number } {
  const { graph: back, wrt } = vjpGraph(graph);
  const t = randomLike(graph, floatInputs(graph), `t${salt}`);
  const grads = evaluateGraph(back, new Map([...feeds, ...bars(randomLike(graph, floatOutputs(graph), `u${salt}`))]));
  let reverse = 0;
  let size = 0;
  for (const v of wrt) {
    const g = grads.get(`grad/${v}`)!;
    expect(g.shape).toEqual(graph.types.get(v)!.shape);
    reverse += dot(g, t.get(v)!);
    size += Math.sqrt(dot(g, g) * dot(t.get(v)!, t.get(v)!));
  }
  return { reverse, scale: Math.max(size, 1e-3) };
}

/** ⟨u, ∂f·t⟩ by central differences, in the same directions. */
const numericProduct = (graph: Graph, feeds: Feeds, salt = ""): number =>
  centralDifference(graph, feeds, randomLike(graph, floatInputs(graph), `t${salt}`), randomLike(graph, floatOutputs(graph), `u${salt}`));

/** ⟨Jt, u⟩ by the jvp, in the same directions. */
function forwardProduct(graph: Graph, feeds: Feeds): number {
  const { graph: forward, of } = jvpGraph(graph);
  const t = randomLike(graph, floatInputs(graph), "t");
  const u = randomLike(graph, floatOutputs(graph), "u");
  const tangents = evaluateGraph(forward, new Map([...feeds, ...[...t].map(([k, v]) => [`dot/${k}`, v] as const)]));
  return of.reduce((s, o) => s + dot(tangents.get(`tangent/${o}`)!, u.get(o)!), 0);
}

/** The vjp of a float64 graph against central differences: 1e-7. */
export function checkFirstOrder(graph: Graph, feeds: Feeds): void {
  const { reverse, scale } = reverseProduct(graph, feeds);
  const numeric = numericProduct(graph, feeds);
  expect(Math.abs(reverse - numeric) / scale, `vjp ${reverse} against differences ${numeric}`).toBeLessThan(1e-7);
}

/** The adjoint identity ⟨t, Jᵀu⟩ = ⟨Jt, u⟩: 1e-12. */
export function checkAdjoint(graph: Graph, feeds: Feeds): void {
  const { reverse, scale } = reverseProduct(graph, feeds);
  const product = forwardProduct(graph, feeds);
  expect(Math.abs(reverse - product) / scale, `⟨t,Jᵀu⟩ = ${reverse}, ⟨Jt,u⟩ = ${product}`).toBeLessThan(1e-12);
}

/** Closure to second order: the vjp of the vjp against central differences of the vjp: 1e-6. */
export function checkSecondOrder(graph: Graph, feeds: Feeds): void {
  const { graph: back } = vjpGraph(graph);
  const inputs = new Map([...feeds, ...bars(randomLike(graph, floatOutputs(graph), "u"))]);
  const { reverse, scale } = reverseProduct(back, inputs, "2");
  const numeric = numericProduct(back, inputs, "2");
  expect(Math.abs(reverse - numeric) / scale, `second order ${reverse} against differences ${numeric}`).toBeLessThan(1e-6);
}
