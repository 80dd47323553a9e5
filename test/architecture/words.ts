import ts from "typescript";

/** A word or phrase that the program does not use, and what to write instead. */
export interface Banned {
  /** A phrase in comments and strings, or a part of an identifier in lower case: `lane` stands for `lane`, `laneCount` and `firstLane`. */
  readonly word: RegExp;
  readonly kind: "phrase" | "identifier";
  readonly instead: string;
  /** Files in which the word may stand, by their path in src/: there it has its one meaning. */
  readonly except?: RegExp;
}

export const BANNED: readonly Banned[] = [
  { kind: "phrase", word: /\bheld against\b/, instead: "compared with" },
  { kind: "phrase", word: /\basked of\b/, instead: "a sentence that says who asks for what" },
  { kind: "phrase", word: /\bwhat is told\b/, instead: "what is written, or reported" },
  {
    kind: "phrase",
    word: /\b(is|are|was|were) told (in|of|by|from|about|once)\b/,
    instead: "described, reported or written",
    except: /^report\/glossary/,
  },
  { kind: "phrase", word: /\bthe one told about\b/, instead: "the one that the record describes" },
  { kind: "phrase", word: /\bgraveness\b/i, instead: "severity" },
  { kind: "phrase", word: /\bnudg(e|es|ed|ing)\b/i, instead: "perturb, perturbation" },
  { kind: "phrase", word: /\b(significant|in (two|three|four|seven)) figures\b/i, instead: "digits" },
  { kind: "phrase", word: /\bdraw(s|n|ing)? (a|an|the|its|every) (picture|chart|axis|curve|panel|page|legend)s?\b/i, instead: "plot or paint" },
  { kind: "phrase", word: /\bc: Evidence\b/, instead: "e: Evidence" },
  { kind: "identifier", word: /^lanes?$/, instead: "direction, offset or word; a lane is one of a vector register", except: /^util\/normals/ },
  { kind: "identifier", word: /^ways?$/, instead: "direction" },
  { kind: "identifier", word: /^nudges?$/, instead: "perturb, perturbation" },
  { kind: "identifier", word: /^graveness$/, instead: "severity" },
  { kind: "identifier", word: /^weigh$/, instead: "the quantity that is computed: decodedSize, meanShare" },
  { kind: "identifier", word: /^draw(picture|chart|axis|axes|curve|panel|page|legend|line)s?$/, instead: "plot… or paint…; draws are random" },
  { kind: "identifier", word: /^panels?$/, instead: "subinterval of a quadrature; a panel is part of a page", except: /^(report|study)\// },
  { kind: "identifier", word: /^figures?$/, instead: "digits, or an evidence row; a figure is part of a page", except: /^(report|study)\// },
];

/** Claims are sentences that are tested: a process that computes a trial has reserved it. */
const RESERVED: Banned = { kind: "identifier", word: /^claim(s|ed)?$/, instead: "reservation, reserve; a claim is a sentence that is tested" };

/** A banned word where it stands. */
export interface Found {
  readonly line: number;
  readonly text: string;
  readonly instead: string;
}

/** Splits an identifier into its words, in lower case: each of them, and each pair of neighbours in one. */
function partsOf(name: string): readonly string[] {
  const words = name.split(/_|(?<=[a-z0-9])(?=[A-Z])/).map((w) => w.toLowerCase());
  return [...words, ...words.slice(1).map((w, i) => `${words[i]!}${w}`)];
}

/** Finds the banned words of a source file; `path` is its path in src/. */
export function bannedWords(path: string, source: string): readonly Found[] {
  const rules = (path.startsWith("trial/") ? [...BANNED, RESERVED] : BANNED).filter((b) => b.except?.test(path) !== true);
  const found: Found[] = [];
  source.split("\n").forEach((text, i) => {
    for (const b of rules) {
      const hit = b.kind === "phrase" ? b.word.exec(text) : null;
      if (hit) found.push({ line: i + 1, text: hit[0], instead: b.instead });
    }
  });
  const file = ts.createSourceFile(path, source, { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseNone });
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const parts = partsOf(node.text);
      for (const b of rules)
        if (b.kind === "identifier" && parts.some((p) => b.word.test(p)))
          found.push({ line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1, text: node.text, instead: b.instead });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
