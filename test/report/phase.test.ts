import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { phasePage } from "../../src/report/phase-page.js";
import type { PhaseCell, PhaseRecord } from "../../src/study/phase-record.js";
import { evenly, phase } from "../../src/study/phase.js";
import type { PhaseRequest } from "../../src/study/phase.js";
import { phaseSentences, phaseText } from "../../src/report/phase-text.js";
import { columns } from "../../src/report/visible.js";
import { change } from "../../src/util/format.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { localQueue } from "../../src/jobs/local-queue.js";
import type { Queue } from "../../src/jobs/queue.js";

const REQUEST: PhaseRequest = { activation: "tanh", depth: 12, width: 40, seeds: 6, sigmaW2: [0.6, 2, 4], sigmaB2: [0.05, 0.3] };
let queue: Queue;
let record: PhaseRecord;
beforeAll(async () => {
  queue = localQueue({ runtime: nodeRuntime({ threads: 1 }) });
  record = await phase(REQUEST, { queue });
});
afterAll(() => queue.close());

describe("a phase diagram", () => {
  it("is told in 80 columns, the line where theory has it, doubt marked", () => {
    const text = phaseText(record);
    expect(Math.max(...text.split("\n").map(columns))).toBeLessThanOrEqual(80);
    const row = text.split("\n").find((l) => l.trimStart().startsWith("0.05"))!;
    // The line crosses at 1.76, between 0.6 and 2.
    expect(row).toMatch(/│ +-0\.\d\d\?? *┃ *[+-]/);
    const doubts = record.cells.filter((c) => c.side === "undecided").length;
    expect([...text.matchAll(/\.\d\d\?/g)]).toHaveLength(doubts);
    const wide = phaseText({
      ...record,
      sigmaW2: evenly([0.6, 4], 30),
      cells: record.cells.slice(0, 2).flatMap((c) => new Array<PhaseCell>(30).fill(c)),
    });
    expect(Math.max(...wide.split("\n").map(columns))).toBeLessThanOrEqual(80);
    expect(wide.replace(/\s+/g, " ")).toContain("every 3rd column is shown");
    expect(phaseSentences({ ...record, line: [] }).join(" ")).toContain("no critical line");
  });

  it("has fewer columns on a narrower terminal, none of them broken", () => {
    const cells = record.cells.slice(0, 2).flatMap((c) => new Array<PhaseCell>(10).fill(c));
    const wide = { ...record, sigmaW2: evenly([0.6, 4], 10), cells };
    const text = phaseText(wide, { width: 40 }).split("\n");
    expect(Math.max(...text.map(columns))).toBeLessThanOrEqual(40);
    expect(text.join(" ").replace(/\s+/g, " ")).toContain("every 3rd column is shown");
    for (const row of text.filter((l) => l.includes("│"))) expect(row.match(/[+-]?\d+\.\d+\??/g)!.length).toBe(5);
  });

  it("says where there is no number: a network that is dead altogether", () => {
    const dead: PhaseCell = {
      ...record.cells[0]!,
      side: "undecided",
      measured: { ...record.cells[0]!.measured, value: NaN, low: -Infinity, high: Infinity },
    };
    const broken = { ...record, cells: [dead, ...record.cells.slice(1)] };
    expect(phaseText(broken)).toMatch(/│ +–\?/);
    expect(
      /NaN|undefined/.exec(
        phasePage(broken)
          .replace(/<script>[^]*?<\/script>/, "")
          .replaceAll('NaN"', ""),
      ),
    ).toBeNull();
  });

  it("is plotted on a page with every number", () => {
    const html = phasePage(record);
    const wide = /<svg class="wide"[^]*?<\/svg>/.exec(html)![0];
    expect([...wide.matchAll(/class="field /g)]).toHaveLength(6);
    expect([...wide.matchAll(/class="doubt"/g)]).toHaveLength(record.cells.filter((c) => c.side === "undecided").length);
    for (const c of record.cells) expect(wide).toContain(`>${change(c.measured.value, "page")}</text>`);
    expect(wide).toMatch(/<path class="critical" d="M[\d.,L]+"/);
    expect(/<tbody>([^]*?)<\/tbody>/.exec(html)![1]!.match(/<tr/g)).toHaveLength(6);
    expect(/NaN|undefined|Infinity/.exec(html.replace(/<script>[^]*?<\/script>/, ""))).toBeNull();
    expect(phasePage({ ...record, line: [] })).not.toMatch(/<path class="critical" d="M\d+\.\d/);
  });
});
