import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterEach, describe, expect, it, vi } from "vitest";
import { run } from "../../src/cli/commands.js";
import { FINDINGS } from "../../src/doctor/index.js";

// What is written about the program stays true: links, paths, commands, options, names of exports, and the outputs that cost nothing to print.

const root = fileURLToPath(new URL("../..", import.meta.url));
const below = (folder: string): string[] =>
  readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    return statSync(join(root, path)).isDirectory() ? below(path) : [path];
  });
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const PAGES: readonly string[] = [
  ...["README.md", "CHANGELOG.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "bench/README.md"],
  ...below("docs").filter((f) => f.endsWith(".md")),
];
const SCRIPTS: readonly string[] = [...below("tools"), ...below("bench")].filter((f) => f.endsWith(".mjs"));

/** A page without its blocks of code. */
const proseOf = (page: string): string => page.replace(/^```[\s\S]*?^```/gm, "");
/** The blocks of code of a page. */
const codeOf = (page: string): string[] => [...page.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map((m) => m[1]!);

/** The anchors of a page, as GitHub makes them from its headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading] of proseOf(page).matchAll(/^#+ +(.+)$/gm)) {
    const slug = heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}_\- ]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** What a command prints. */
async function printed(args: readonly string[]): Promise<string> {
  const out: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
  await run(args);
  vi.restoreAllMocks();
  return out.join("");
}
afterEach(() => vi.restoreAllMocks());

describe.each(PAGES)("%s", (file) => {
  const page = read(file);

  it("links to files and headings that exist", () => {
    const broken = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map((m) => m[1]!)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path, anchor] = link.split("#") as [string, string?];
        const target = path === "" ? file : join(dirname(file), path);
        if (!existsSync(join(root, target))) return true;
        return anchor !== undefined && !anchorsOf(read(target)).has(anchor);
      });
    expect(broken).toEqual([]);
  });

  it("names files and folders that exist", () => {
    const mentioned = page.matchAll(/(?<![\w./-])(?:src|tools|test|bench|docs|examples|bin)\/[\w./*{},-]*[\w*/}](?![\w<*])/g);
    const missing = [...new Set([...mentioned].map((m) => m[0]))].filter((path) => existing(path).length === 0);
    expect(missing).toEqual([]);
  });

  it("gives commands with verbs and options that exist", async () => {
    const wrong: string[] = [];
    for (const line of codeOf(page).flatMap((c) => c.split("\n"))) {
      const command = /^(?:\$ )?(?:npx )?isograd (?!COMMAND)([^|#]*)/.exec(line)?.[1];
      const [verb, ...rest] = command?.trim().split(/\s+/) ?? [];
      if (verb === undefined || verb.startsWith("-")) continue;
      const help = await printed([verb, "--help"]);
      wrong.push(...rest.filter((word) => /^--\w/.test(word) && word !== "--help" && !help.includes(`  ${word} `)).map((word) => `${verb} ${word}`));
    }
    expect(wrong).toEqual([]);
  });

  it("names scripts of package.json that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...page.matchAll(/npm run ([\w:]+)/g)].map((m) => m[1]!);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

/** The files and folders that a path means, in which a star stands for a part of a name and braces for alternatives. */
function existing(path: string): string[] {
  const alternatives = /^(.*)\{([^}]*)\}(.*)$/.exec(path);
  if (alternatives) {
    const found = alternatives[2]!.split(",").map((word) => existing(`${alternatives[1]!}${word}${alternatives[3]!}`));
    return found.some((f) => f.length === 0) ? [] : found.flat();
  }
  if (!path.includes("*")) return existsSync(join(root, path)) ? [path] : [];
  const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replaceAll("**", "\0").replaceAll("*", "[^/]*").replaceAll("\0", ".*")}$`);
  return below(path.split("/")[0]!).filter((f) => pattern.test(f));
}

describe("README.md", () => {
  const readme = read("README.md");

  it("has the help of isograd grad as it is printed", async () => {
    expect(readme).toContain(`$ npx isograd grad --help\n${await printed(["grad", "--help"])}\`\`\``);
  });

  it("has the prediction as it is printed", async () => {
    const [, command, shown] = /^\$ npx isograd (predict .*)\n([\s\S]*?)…\n```/m.exec(readme)!;
    expect((await printed(command!.split(" "))).startsWith(shown!)).toBe(true);
  });

  it("has the answer of docs/claims.md", () => {
    const answer = /^\*\*The answer\.\*\* (.*)$/m.exec(read("docs/claims.md"))![1]!;
    expect(readme).toContain(`<!-- answer: begin -->\n\n> ${answer}\n\n<!-- answer: end -->`);
  });

  it("links to every published schema", () => {
    const schemas = readdirSync(join(root, "docs")).filter((f) => f.endsWith(".schema.json"));
    expect(schemas.filter((f) => !readme.includes(`(docs/${f})`))).toEqual([]);
  });
});

describe("docs/check.md", () => {
  it("explains every finding, and no other", () => {
    const [, table] = /^## The findings\n([\s\S]*?)^## /m.exec(read("docs/check.md"))!;
    const explained = [...table!.matchAll(/^\| (`.*?`) \|/gm)].flatMap((m) => m[1]!.replaceAll("`", "").split(", "));
    expect(explained.sort()).toEqual(FINDINGS.map((f) => f.id).sort());
  });
});

describe("docs/adr/README.md", () => {
  it("lists every decision under its number and its title", () => {
    const files = readdirSync(join(root, "docs/adr"))
      .filter((f) => f !== "README.md")
      .sort();
    const rows = files.map((f) => {
      const [, number, title] = /^# (\d+)\. (.*)$/m.exec(read(`docs/adr/${f}`))!;
      expect(Number(number), f).toBe(Number(f.slice(0, 4)));
      return `| [${number!}](${f}) | ${title!} |`;
    });
    expect(new Set(files.map((f) => f.slice(0, 4))).size).toBe(files.length);
    expect(read("docs/adr/README.md").match(/^\| \[\d+\].*$/gm)).toEqual(rows);
  });
});

/** The names that a module of src/ or test/ exports, and undefined where it passes on those of another whole module. */
function exportsOf(file: string): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const s of ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2022).statements) {
    if (ts.isExportDeclaration(s)) {
      if (s.exportClause === undefined) return undefined;
      if (ts.isNamedExports(s.exportClause)) for (const e of s.exportClause.elements) names.add(e.name.text);
    } else if (ts.canHaveModifiers(s) && ts.getModifiers(s)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)) {
      if (ts.isVariableStatement(s)) {
        for (const d of s.declarationList.declarations) if (ts.isIdentifier(d.name)) names.add(d.name.text);
      } else if ((ts.isFunctionDeclaration(s) || ts.isClassDeclaration(s)) && s.name) names.add(s.name.text);
    }
  }
  return names;
}

/** What a script imports from the program and its tests: names, and the source file that has to export them. */
function importsOf(script: string): { names: string[]; file: string }[] {
  const imports = read(script).matchAll(/\{([^{}]*)\}\s*(?:from\s*|=\s*await (?:import|from)\()"([^"]+)"/g);
  return [...imports].flatMap(([, list, from]) => {
    const base = /^(?:src|test)\//.test(from!) ? from! : join(dirname(script), from!);
    if (!/^(?:dist|src|test)\//.test(base)) return [];
    const file = base.replace(/^dist\/(.*)\.js$/, "src/$1.ts");
    return [{ names: list!.split(",").map((n) => n.trim().split(/\s*(?::|\bas\b)\s*/)[0]!), file }];
  });
}

describe.each(SCRIPTS.filter((f) => importsOf(f).length > 0))("%s", (script) => {
  it("imports what the program exports", () => {
    const missing = importsOf(script).flatMap(({ names, file }) => {
      if (!existsSync(join(root, file))) return [file];
      const exported = exportsOf(file);
      return names.filter((n) => n !== "" && exported?.has(n) === false).map((n) => `${n} of ${relative("", file)}`);
    });
    expect(missing).toEqual([]);
  });
});
