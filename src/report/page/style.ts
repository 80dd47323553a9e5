// Colours are those of Okabe and Ito, which readers with any kind of colour vision tell apart, darkened or lightened until text in them
// has a contrast of 4.5 : 1 on its ground.
const LIGHT = `
  --ground:#fff; --ink:#1a1f24; --muted:#5a646e; --line:#d9dee3; --soft:#f5f7f8; --zone:#f3f5f7; --tip:#fffffff0;
  --gradient:#0065a3; --activation:#a84a00; --free:#00704f; --second:#b8480b; --law:#1a1f24;
  --good:#00704f; --bad:#b4261a; --doubt:#855800; --info:#0065a3;
  --plain:#a9b3bc; --residual:#3d8fc9; --gated:#d58200; --dense:#1f9d77; --other:#b56a97; --rise:#d9603a; --drop:#3d8fc9;
  --k0:#0065a3; --k1:#a84a00; --k2:#00704f; --k3:#8f3a78; --k4:#5f6a00; --k5:#1a1f24; --k6:#3f6f86; --k7:#a3261a;`;
const DARK = `
  --ground:#13171a; --ink:#e6e9ec; --muted:#9ca7b1; --line:#343c43; --soft:#1b2024; --zone:#1a1f23; --tip:#1f252af2;
  --gradient:#62b5f0; --activation:#f0a25f; --free:#4ecfa2; --second:#f5935f; --law:#e6e9ec;
  --good:#4ecfa2; --bad:#ff8a7a; --doubt:#e5b04c; --info:#62b5f0;
  --plain:#66717b; --residual:#4a9bd6; --gated:#dd9a2e; --dense:#2fae88; --other:#c486ab; --rise:#e67a55; --drop:#4a9bd6;
  --k0:#62b5f0; --k1:#f0a25f; --k2:#4ecfa2; --k3:#e59ccb; --k4:#d3d04f; --k5:#e6e9ec; --k6:#9fc3d6; --k7:#ff8a7a;`;

/** The style sheet of every page. */
export const STYLE: string = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1008px;margin:0 auto;padding:40px 24px 64px}
h1,h2,h3,p,dl,dd,figure,pre,ul{margin:0;padding:0}
h1{font-size:2rem;line-height:1.2;font-weight:650;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{font-size:1.25rem;line-height:1.3;font-weight:650;letter-spacing:-.005em;margin:56px 0 6px}
h3{font-size:1rem;font-weight:650}
a{color:var(--info)}
a.term{color:inherit;text-decoration:underline dotted 1px;text-decoration-color:color-mix(in srgb,currentColor 45%,transparent);text-underline-offset:.25em}
a.term:hover{text-decoration-style:solid;text-decoration-color:currentColor}
a:focus-visible{outline:2px solid var(--info);outline-offset:2px;border-radius:2px}
dt:target,dt:target+dd{background:var(--soft);box-shadow:0 0 0 4px var(--soft)}
bdi{overflow-wrap:anywhere}
sup,sub{line-height:0;font-size:.72em}
.eyebrow,.meta,.lead,.note,.about{color:var(--muted)}
.eyebrow{font-size:.8125rem;letter-spacing:.06em;text-transform:uppercase;margin-bottom:6px}
.meta{font-size:.9375rem;margin-top:6px}
.lead,.about{max-width:46rem}
.lead{margin-bottom:18px}
.about{margin-top:12px}
.about+.pair{margin-top:28px}
.note{font-size:.875rem}
.verdict{margin:28px 0 0;padding:2px 0 2px 18px;border-left:5px solid var(--tone)}
.verdict .word{color:var(--tone);font-weight:700;font-size:1.0625rem}
.verdict .sentence{font-size:1.3125rem;line-height:1.45;max-width:48rem;text-wrap:pretty;overflow-wrap:anywhere}
.verdict .count{margin-top:6px;font-size:.9375rem}
.verdict ul.count{padding-left:1.1em}
.healthy{--tone:var(--good)}.exploding,.vanishing,.mixed,.non-finite,.error{--tone:var(--bad)}.undecided,.warning{--tone:var(--doubt)}.info{--tone:var(--info)}.accepted{--tone:var(--muted)}
.numbers{display:grid;grid-template-columns:repeat(auto-fill,minmax(172px,1fr));gap:22px 24px;margin-top:32px}
.numbers dt{font-size:.875rem;color:var(--muted)}
.numbers dd.value{overflow-wrap:anywhere;font-size:1.375rem;line-height:1.3;font-weight:600;letter-spacing:-.01em}
.numbers dd.more{font-size:.8125rem;line-height:1.4;color:var(--muted);overflow-wrap:anywhere}
.panel{margin-top:14px}
.panel h3{display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 16px;margin-bottom:2px}
.panel h3 .t-gradient,.panel h3 .t-activation,.panel h3 .t-free,.panel h3 .t-second{fill:none}
.panel h3 small,.keys{font-size:.8125rem;font-weight:400;color:var(--muted)}
.keys{display:flex;flex-wrap:wrap;gap:4px 18px;margin:2px 0 0 58px;padding:0;list-style:none}
.keys li,.panel h3 small{display:inline-flex;align-items:center;gap:6px}
.keys svg,h3 small svg{width:26px;height:14px;flex:none}
.stage{position:relative;border-radius:4px}
.stage:focus-visible,summary:focus-visible,.scroll:focus-visible,button:focus-visible,input:focus-visible{outline:2px solid var(--info);outline-offset:3px}
.stage svg{display:block;width:100%;height:auto;touch-action:pan-y}
svg.narrow{display:none}
svg text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;fill:var(--muted);font-variant-numeric:tabular-nums}
svg text.small{font-size:12px}
svg text.end{font-weight:600}svg text.end,svg text.halo{paint-order:stroke;stroke:var(--ground);stroke-width:4px;stroke-linejoin:round}
.grid{stroke:var(--line);stroke-width:1}
.axis{stroke:var(--muted);stroke-width:1}
.zone{stroke:none;fill:var(--zone)}
.m-usual{stroke:var(--ink)}.m-cosine{stroke:var(--free)}.m-centred{stroke:var(--activation)}
.limit{opacity:.8;stroke-width:1;stroke-dasharray:2 4}
path[class^=l-]{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.l-gradient{stroke:var(--gradient)}.l-activation,.l-centred{stroke:var(--activation)}.l-free,.l-cosine{stroke:var(--free)}.l-second{stroke:var(--second)}
svg .t-gradient,.word-gradient{fill:var(--gradient);color:var(--gradient)}
svg .t-activation,svg .t-centred,.word-activation,.word-centred{fill:var(--activation);color:var(--activation)}
svg .t-free,svg .t-cosine,.word-free,.word-cosine{fill:var(--free);color:var(--free)}
svg .t-second,.word-second{fill:var(--second);color:var(--second)}
.c-gradient{fill:var(--gradient)}.c-activation,.c-centred{fill:var(--activation)}.c-free,.c-cosine{fill:var(--free)}.c-second{fill:var(--second)}
.b-gradient{fill:var(--gradient);opacity:.16}.b-second{fill:var(--second);opacity:.16}
path.faint{stroke-width:1;opacity:.35}path.dash{stroke-dasharray:7 5}
.law{fill:none;stroke:var(--law);stroke-width:1.25;stroke-dasharray:5 4;opacity:.75}
.gap{fill:var(--bad);stroke:none}line.gap{stroke:var(--bad);stroke-width:2}svg text.gap{fill:var(--bad);font-weight:600}
rect.nan{opacity:.4}
${Array.from({ length: 12 }, (_, i) => `.h-${i}{fill:color-mix(in srgb,${i < 8 ? `var(--gradient) ${6 + 13 * i}%,var(--ground)` : `var(--ink) ${20 * (i - 7)}%,var(--gradient)`})}`).join("")}
.h-infinite{fill:var(--bad)}.h-zero{fill:var(--doubt);opacity:.5}.keys svg.ramp{width:132px;height:12px}
.cursor,.dot{visibility:hidden}
.live .cursor{visibility:visible;stroke:var(--ink);stroke-width:1;opacity:.45}
.live .dot.on{visibility:visible;stroke:var(--ground);stroke-width:1.5}
.k-plain{fill:var(--plain)}.k-residual{fill:var(--residual)}.k-gated{fill:var(--gated)}.k-dense{fill:var(--dense)}.k-other{fill:var(--other)}
.outer{opacity:.45}
.arc{fill:none;stroke-width:1.5}
.a-residual{stroke:var(--residual)}.a-gated{stroke:var(--gated)}.a-dense{stroke:var(--dense)}
.s-projection{stroke-dasharray:4 2.5}.s-scaled{stroke-dasharray:1.5 2}
.gate{fill:var(--gated)}
.word-gap{color:var(--bad)}
.nested{fill:none;stroke:var(--muted);stroke-width:1}
.norm-mark{fill:var(--muted)}.norm{stroke:var(--muted);stroke-width:2;stroke-dasharray:2 2}
.tip{position:absolute;top:6px;left:0;z-index:2;max-width:280px;padding:8px 12px;border:1px solid var(--line);border-radius:6px;background:var(--tip);box-shadow:0 2px 10px #0002;font-size:.8125rem;line-height:1.45;pointer-events:none;visibility:hidden}
.live .tip{visibility:visible}
.tip b{display:block;overflow-wrap:anywhere;max-height:4.4em;overflow:hidden}
.tip span{display:flex;justify-content:space-between;gap:18px}
.toggles{display:none;gap:6px 22px;flex-wrap:wrap;margin:14px 0 0;font-size:.9375rem}
.js .toggles{display:flex}
.toggles label{display:inline-flex;gap:8px;align-items:center;cursor:pointer}
input[type=checkbox]{width:16px;height:16px;margin:0;accent-color:var(--info)}
[hidden]{display:none!important}
.cards{display:grid;gap:16px;margin:0;padding:0;list-style:none}
.card{border:1px solid var(--line);border-left:4px solid var(--tone);border-radius:6px;padding:16px 20px;break-inside:avoid}
.card header{display:flex;flex-wrap:wrap;gap:2px 12px;align-items:baseline;margin-bottom:8px}
.card h3 b{color:var(--tone)}
.card .where{color:var(--muted);font-size:.9375rem}
.card dl{display:grid;grid-template-columns:5.5rem 1fr;gap:6px 12px;overflow-wrap:anywhere}
.card dt{color:var(--muted);font-size:.875rem;padding-top:1px}
.card dd{max-width:44rem}
details{margin-top:12px}
summary{cursor:pointer;color:var(--muted);font-size:.9375rem;width:fit-content;border-radius:3px}
summary:hover{color:var(--ink)}
summary h2{display:inline;color:var(--ink)}
details.big{margin-top:52px}
.scroll{overflow:auto;max-height:34rem;margin-top:10px;border:1px solid var(--line);border-radius:6px}
.scroll.whole{max-height:none}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:.875rem;line-height:1.4}
caption{text-align:left;padding:8px 12px;color:var(--muted)}
th,td{padding:5px 12px;text-align:right;white-space:nowrap;vertical-align:top}
th{position:sticky;top:0;z-index:1;background:var(--soft);font-weight:600;border-bottom:1px solid var(--line)}
tbody tr+tr td{border-top:1px solid var(--line)}
.l{text-align:left}
td.l{white-space:normal}
td:not(.w) bdi{overflow-wrap:normal}
td.w{min-width:10rem;overflow-wrap:anywhere}
th button{all:unset;cursor:pointer;font-weight:600;position:relative}
th button::after{content:"↕";position:absolute;left:100%;padding-left:1px;font-weight:400;color:var(--muted)}
th a+button{display:inline-block;width:12px;margin-right:-12px}
th a+button::after{position:static;padding:0}
th[aria-sort=ascending] button::after{content:"↑"}
th[aria-sort=descending] button::after{content:"↓"}
.up{--c:var(--rise)}.down{--c:var(--drop)}
.bar{display:inline-block;width:96px;height:9px;border-radius:1px;vertical-align:baseline;background:linear-gradient(var(--c),var(--c)) no-repeat var(--p) 0/var(--s) 100%,linear-gradient(var(--line),var(--line)) no-repeat 50% 0/1px 100%}
.num{display:inline-block;min-width:5.2em}
.bar.part{background:linear-gradient(var(--c),var(--c)) no-repeat 0 0/var(--s) 100%,var(--soft)}
h3.group{margin:22px 0 10px}
.same{color:var(--muted)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:0 40px}
.pair h1{font-size:1.5rem}
.settings{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:6px 24px;margin-top:10px;font-size:.9375rem}
.settings dt{color:var(--muted);max-width:20rem;overflow-wrap:anywhere}
.settings dd{overflow-wrap:anywhere}
pre{margin-top:12px;padding:12px 16px;background:var(--soft);border:1px solid var(--line);border-radius:6px;font:.875rem/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere;user-select:all}
${Array.from({ length: 8 }, (_, i) => `.k${i}{--k:var(--k${i})}`).join("")}
.mark{fill:var(--k);stroke:var(--ground);stroke-width:1}
.mark.hollow{fill:var(--ground);stroke:var(--k);stroke-width:1.75}
.whisker{fill:none;stroke:var(--k);stroke-width:1.5}
.rule,.thread{fill:none;stroke:var(--k);stroke-width:1.5;stroke-linejoin:round}
.thread{stroke-dasharray:1.5 4;stroke-linecap:round}
.margin{fill:var(--k);opacity:.16}
.hair{fill:none;stroke:var(--muted);stroke-width:.75;opacity:.6}
.script{font-size:10px}
svg text.name{fill:var(--k);font-weight:600}
.points .keys,.keys.what{margin-left:0;margin-top:6px}
.keys.only-narrow{display:none}
.parts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:18px 24px}
.parts svg.narrow{display:block}
.field{stroke:var(--ground);stroke-width:1}
.falls{fill:color-mix(in srgb,var(--drop) var(--m),var(--ground))}.rises{fill:color-mix(in srgb,var(--rise) var(--m),var(--ground))}
.hatch{fill:var(--ink);opacity:.35}
svg text.in{fill:var(--ink);paint-order:stroke;stroke:var(--ground);stroke-width:2.5px;stroke-opacity:.75;stroke-linejoin:round}svg text.fine{font-size:11.5px}
.critical{fill:none;stroke:var(--ink);stroke-width:2.5;stroke-linejoin:round}
.critical-under{fill:none;stroke:var(--ground);stroke-width:6;opacity:.8;stroke-linejoin:round}
h4{margin:14px 0 4px;font-size:.9375rem;font-weight:600}
.badge{display:inline-block;padding:0 8px;border:1.5px solid var(--tone);border-radius:4px;color:var(--tone);font-size:.75rem;line-height:1.6;letter-spacing:.04em;white-space:nowrap}
.supported{--tone:var(--good)}.refuted{--tone:var(--bad)}.conditional,.answer{--tone:var(--info)}.pending{--tone:var(--muted)}
.verdict.answer .sentence{font-size:1.1875rem}
.question{font-size:1.125rem;max-width:46rem;margin-top:14px}
.tally{margin-top:16px}
.claim-index{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr));gap:8px 32px;margin-top:28px;list-style:none;font-size:.9375rem}
.claim-index a{color:var(--ink);text-decoration-color:var(--muted)}
.claim-index li{display:grid;grid-template-columns:8.4rem 1fr;gap:10px;align-items:baseline}
.claim-index .badge{justify-self:start}
.claim{margin-top:56px;padding-top:28px;border-top:1px solid var(--line)}
.claim .head{display:flex;flex-wrap:wrap;gap:4px 12px;align-items:center}
.claim .head code{color:var(--muted);font-size:.8125rem}
.claim h2{margin:8px 0 2px;font-size:1.375rem;text-wrap:balance}
.claim .from{color:var(--muted);font-size:.9375rem}
.claim .finding{margin-top:12px;font-size:1.0625rem;max-width:48rem;overflow-wrap:anywhere}
.claim figure{margin-top:20px}
.claim .settings{margin-top:18px}
.command{position:relative}
.command pre{padding-right:84px}
.command button{position:absolute;top:8px;right:8px;padding:4px 12px;border:1px solid var(--line);border-radius:4px;background:var(--ground);color:var(--ink);font:inherit;font-size:.8125rem;cursor:pointer}
.command button:hover{border-color:var(--muted)}
footer{margin-top:64px;padding-top:16px;border-top:1px solid var(--line);color:var(--muted);font-size:.875rem}
@media (max-width:719px){
  main{padding:24px 16px 48px}
  h1{font-size:1.5rem}h2{margin-top:44px}
  .verdict{padding-left:14px}.verdict .sentence{font-size:1.125rem}
  .numbers{grid-template-columns:repeat(auto-fill,minmax(145px,1fr));gap:18px 20px}.numbers dd.value{font-size:1.25rem}
  svg.wide{display:none}svg.narrow{display:block;max-width:600px}
  .keys{margin-left:0}.keys.only-narrow{display:flex}
  .claim-index li{grid-template-columns:1fr;gap:2px}
  .card{padding:14px 16px}.card dl,.settings{grid-template-columns:1fr;gap:0}
  .card dd,.settings dd{margin-bottom:8px}
  .pair{grid-template-columns:1fr;gap:28px}.pair h1{font-size:1.25rem}
  .bar{width:64px}
}
@media print{
  :root{${LIGHT}}
  @page{margin:16mm 14mm}
  body{font-size:10.5pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
  main{max-width:none;padding:0}
  svg.wide{display:block}svg.narrow{display:none}.toggles,.tip,.command button{display:none!important}th button::after{content:none}a.term{text-decoration:none}.keys.only-narrow{display:none}
  .points svg{overflow:visible}.points svg.wide text{font-size:15.5px}.points svg.wide text.name{font-size:14px}.lead{break-after:avoid}.keep{break-inside:avoid}
  .parts{grid-template-columns:1fr 1fr}.parts svg.narrow{display:block}
  .claim{break-inside:auto}figure,.claim .head,.claim h2,.claim .from,.command{break-inside:avoid;break-after:avoid-page}figure,.command{break-after:auto}
  .panel,.numbers>div,tr{break-inside:avoid}h2,h3,summary{break-after:avoid}
  .scroll{max-height:none;overflow:visible;border:0}th{position:static}thead{display:table-row-group}
  details:not([open]){display:none}
  .long tbody tr:nth-child(n+81){display:none}
  .long::after{content:"80 rows are printed; the page and its JSON record have all of them.";display:block;padding:6px 12px;color:var(--muted);font-size:.8125rem}
  h2{margin-top:28px}
}
`;
