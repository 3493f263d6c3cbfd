// The style sheet of the HTML report: system fonts, one colour for each variant, and the same page
// in light, in dark and on paper.
#include "reporting/html_report.hpp"

namespace twofold::compare {

const char* html_style() {
  return R"css(
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #1c1e21; --soft: #5d646d; --line: #dfe2e6; --faint: #f3f4f5;
  --good: #17663a; --bad: #a8201a; --bad-paper: #fcf0ef; --note: #7a5a00; --note-paper: #fbf5e3;
  --s0: #1d5fbf; --s1: #c8500a; --s2: #8f3f00; --s3: #b5179e; --s4: #0b7a6b; --s5: #6b4fc8;
  --s6: #5f7410; --s7: #b02a55; --s8: #39708f; --s9: #6c6c6c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --ink: #e6e7e9; --soft: #9ba3ad; --line: #33383e; --faint: #1f2226;
    --good: #6fcf97; --bad: #ff8d84; --bad-paper: #33201f; --note: #e2c26b; --note-paper: #2c2718;
    --s0: #6ea8ff; --s1: #ff9a52; --s2: #d9a07a; --s3: #ee7fdc; --s4: #4fc9b6; --s5: #ab97ff;
    --s6: #b9cf5c; --s7: #ff86a8; --s8: #86bfdd; --s9: #b0b0b0;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
}
main { max-width: 1220px; margin: 0 auto; padding: 48px 28px 96px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 22px; margin: 64px 0 6px; letter-spacing: -0.005em; }
h3 { font-size: 16px; margin: 32px 0 8px; }
p { margin: 8px 0; max-width: 74ch; }
a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: 3px; text-decoration-thickness: 1px; }
code { font: 0.88em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { background: var(--faint); border-radius: 6px; padding: 12px 16px; overflow-x: auto; margin: 12px 0; }
.soft { color: var(--soft); }
.lead { font-size: 20px; line-height: 1.45; margin: 22px 0 8px; max-width: 64ch; }
.small { font-size: 14px; }
.box { border-left: 4px solid; padding: 10px 18px; margin: 18px 0; border-radius: 2px 6px 6px 2px; }
.box.bad { border-color: var(--bad); background: var(--bad-paper); }
.box.note { border-color: var(--note); background: var(--note-paper); }
.box p { margin: 2px 0; max-width: none; overflow-wrap: anywhere; }
.status { font-weight: 600; color: var(--bad); }
.status.limit { color: var(--note); }
.verdict { font-size: 17px; font-weight: 600; margin: 6px 0 2px; }

.wide { overflow-x: auto; margin: 14px 0; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; line-height: 1.4; }
caption { text-align: left; color: var(--soft); padding-bottom: 6px; }
th, td { padding: 7px 10px; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; }
thead th { border-bottom: 2px solid var(--line); vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td.text, th.text { text-align: left; }
td.long { white-space: normal; min-width: 28ch; overflow-wrap: anywhere; }
th[scope="row"] .sub { white-space: normal; max-width: 24ch; }
.sub { display: block; color: var(--soft); font-weight: 400; font-size: 12.5px; }
.better { color: var(--good); } .worse { color: var(--bad); }
.claim { font-weight: 600; }
tr.part td { border-bottom: 0; padding-top: 3px; padding-bottom: 3px; }
tr.part.last td { border-bottom: 1px solid var(--line); padding-bottom: 14px; }
td.control, th.control { color: var(--soft); font-weight: 400; }
table.verdicts { width: 100%; }
table.verdicts td { padding: 6px 12px; vertical-align: middle; }
table.verdicts td:first-child { padding-left: 0; }
table.verdicts .strip { padding: 0 8px; width: 1px; text-align: left; }
table.verdicts .what { white-space: normal; text-align: left; min-width: 24ch; font-size: 15px; }
table.keys td { white-space: normal; text-align: left; overflow-wrap: anywhere; }
table.keys td:first-child { white-space: nowrap; color: var(--soft); }

figure { margin: 18px 0 4px; }
figure svg { max-width: 100%; height: auto; }
svg { display: block; }
figcaption { color: var(--soft); font-size: 14px; margin-top: 2px; }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
svg text.value, svg text.row-name { fill: var(--ink); }
svg text.value { font-weight: 600; }
svg text.side { fill: var(--ink); font-weight: 600; font-size: 13px; }
svg text.point { font-size: 11.5px; }
svg text.name { font-size: 12.5px; font-weight: 600; fill: currentColor; }
.grid { stroke: var(--line); stroke-width: 1; }
.base { stroke: var(--soft); stroke-width: 1; }
.one { stroke: var(--soft); stroke-width: 1.5; }
.margin { fill: var(--soft); opacity: 0.13; }
.interval { stroke: var(--ink); stroke-width: 1.5; }
.curve { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
.band { fill: currentColor; opacity: 0.16; stroke: none; }
.bar { fill: currentColor; opacity: 0.3; }
.rail, .whisker { stroke: currentColor; stroke-width: 2; opacity: 0.65; }
.dot { fill: currentColor; stroke: var(--paper); stroke-width: 1; }
path.dot { fill: none; stroke: currentColor; stroke-width: 2.2; }
.s6.dot, .s7.dot, .s8.dot, .s9.dot { fill: var(--paper); stroke: currentColor; stroke-width: 1.8; }
.unclaimed { color: var(--soft); }
.unclaimed.dot { fill: var(--paper); stroke: currentColor; stroke-width: 1.5; }
.s0 { color: var(--s0); } .s1 { color: var(--s1); } .s2 { color: var(--s2); } .s3 { color: var(--s3); }
.s4 { color: var(--s4); } .s5 { color: var(--s5); } .s6 { color: var(--s6); } .s7 { color: var(--s7); }
.s8 { color: var(--s8); } .s9 { color: var(--s9); }
.s2.curve { stroke-dasharray: 7 3; } .s3.curve { stroke-dasharray: 2 3; } .s4.curve { stroke-dasharray: 9 3 2 3; }
.s5.curve { stroke-dasharray: 5 5; } .s6.curve { stroke-dasharray: 12 4; } .s7.curve { stroke-dasharray: 3 2; }
.s8.curve { stroke-dasharray: 8 2 2 2 2 2; } .s9.curve { stroke-dasharray: 1 4; }
.s4.curve, .s5.curve, .s6.curve, .s7.curve, .s8.curve, .s9.curve { stroke-width: 1.5; }

details { margin: 10px 0; }
summary { cursor: pointer; color: var(--soft); }
ul { padding-left: 20px; max-width: 78ch; } li { margin: 6px 0; }
nav { margin: 10px 0 0; font-size: 14px; color: var(--soft); }
nav a { margin-right: 14px; white-space: nowrap; }

@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --faint: #f4f4f4; }
  main { max-width: none; padding: 0; }
  body { font-size: 10.5pt; }
  nav { display: none; }
  h2 { break-after: avoid; margin-top: 28pt; }
  figure, tr, .box { break-inside: avoid; }
  table { font-size: 8pt; } th, td { padding: 3pt 5pt; }
  .wide { overflow: visible; }
}
@media (max-width: 900px) {
  main { padding: 28px 16px 64px; }
  table.verdicts tbody, table.verdicts tr, table.verdicts td { display: block; }
  table.verdicts thead th:not(.strip) { display: none; }
  table.verdicts td { border-bottom: 0; padding: 2px 0; }
  table.verdicts tr { border-bottom: 1px solid var(--line); padding: 10px 0; }
  table.verdicts, table.verdicts thead { display: block; }
  table.verdicts .strip { width: auto; padding: 0; }
  table.verdicts .strip svg { max-width: 100%; height: auto; }
}
)css";
}

}  // namespace twofold::compare
