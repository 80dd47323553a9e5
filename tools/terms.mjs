// Writes docs/terms.md, the glossary, from src/report/glossary.ts. Run after a build: node tools/terms.mjs
import { writeFileSync } from "node:fs";

const { glossaryMarkdown } = await import("../dist/report/glossary-text.js");
writeFileSync(new URL("../docs/terms.md", import.meta.url), glossaryMarkdown());
