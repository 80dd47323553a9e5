import { escape } from "./escape.js";
import { SCRIPT } from "./script.js";
import { STYLE } from "./style.js";

/** The whole page around its content: one file that may load nothing and send nothing. */
export function documentHtml(title: string, content: string): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="generator" content="isograd">
<link rel="icon" href="data:,">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${content}
<footer>Made by isograd. This page is one file: it loads nothing and sends nothing.</footer>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
