/**
 * The one stylesheet of every page: tokens first, then the few components. Phone first, light and dark, no font or
 * picture from anywhere. What a shop may change is in theme.ts; it comes behind this and wins.
 */
export const style = `:root {
  color-scheme: light dark;
  --page: #edf1ef; --panel: #fff; --stub: #f6f8f7; --ink: #15201d; --soft: #51605b; --line: #d7dfdc; --field: #788783;
  --accent: #0b5c4b; --accent-ink: #fff; --accent-pressed: color-mix(in srgb, var(--accent) 84%, #000);
  --focus: #0b57d0; --shadow: 0 1px 2px rgb(21 32 29 / .06), 0 12px 32px -12px rgb(21 32 29 / .18);
  --good: #0a6b4d; --good-page: #e3f3ec; --bad: #a3261b; --bad-page: #fdf1ef; --note: #835400; --note-page: #fdf5e3;
  --text-small: .875rem; --text: 1rem; --text-large: 1.125rem; --text-title: 1.5rem;
  --text-amount: clamp(2.25rem, 11vw, 3rem);
  --space-1: .25rem; --space-2: .5rem; --space-3: .75rem; --space-4: 1rem; --space-5: 1.5rem; --space-6: 2rem;
  --radius: 10px; --radius-panel: calc(var(--radius) * 1.6); --radius-small: calc(var(--radius) * .5);
  --inset: 1.25rem; --reach: 3rem;
  --font: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0d1211; --panel: #171e1c; --stub: #1c2523; --ink: #e9efed; --soft: #a6b4b0; --line: #2e3a36; --field: #74837e;
    --accent: #52c7a8; --accent-ink: #04211a; --accent-pressed: color-mix(in srgb, var(--accent) 82%, #fff);
    --focus: #8ab4f8; --shadow: none;
    --good: #5bd0a8; --good-page: #17332a; --bad: #ff9f92; --bad-page: #33201d; --note: #f0c264; --note-page: #2f2813;
  }
}
@media (min-width: 34rem) { :root { --inset: 2rem; } }

*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; padding: 0 var(--space-4); display: flex; flex-direction: column;
  align-items: center; background: var(--page); color: var(--ink); font: var(--text)/1.5 var(--font);
  overflow-wrap: break-word;
}
h1 { margin: 0 0 var(--space-2); font-size: var(--text-title); line-height: 1.25; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 0 0 var(--space-3); font-size: var(--text); line-height: 1.35; }
p { margin: 0 0 var(--space-3); text-wrap: pretty; }
a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: from-font; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: var(--radius-small); }
.soft { color: var(--soft); }
.small { font-size: var(--text-small); color: var(--soft); margin: 0 0 var(--space-2); }
.strong { font-weight: 600; }
.standing { display: inline-block; padding: var(--space-1) 0; }

/* The page: the shop's name, one panel, a way back. */
.top, .panel, .foot { width: 100%; max-width: 30rem; }
.top {
  display: flex; justify-content: space-between; align-items: center; gap: var(--space-4); min-height: 3.5rem;
  padding: var(--space-3) var(--space-1);
}
.brand { font-weight: 650; font-size: var(--text-large); letter-spacing: -.01em; min-width: 0; }
.logo { display: block; height: 2rem; width: auto; max-width: 100%; }
.secure { display: inline-flex; align-items: center; gap: .375rem; color: var(--soft); font-size: var(--text-small); flex: none; }
.lock { width: .875rem; height: .875rem; fill: none; stroke: currentColor; stroke-width: 1.5; }
.panel {
  background: var(--panel); border: 1px solid var(--line); border-radius: var(--radius-panel); box-shadow: var(--shadow);
  overflow: hidden;
}
.body, .ending, .stub { position: relative; padding: var(--space-5) var(--inset); }
/* The heading of a form stands off from its first field. */
.body > h1:has(+ form), .body > h1:has(+ .errors) { margin-bottom: var(--space-4); }
.body > :last-child, .ending > :last-child, .stub > :last-child { margin-bottom: 0; }
.ending { text-align: center; padding-block: var(--space-6); }
.ending > p, .ending [role=status] p { color: var(--soft); }
.ending > .strong, .ending [role=status] .strong { color: var(--ink); }
.foot { min-height: 3.5rem; padding: var(--space-4) var(--space-1) var(--space-6); font-size: var(--text-small); text-align: center; }
@media (min-width: 34rem) { .top { padding-top: var(--space-6); } }

/* The stub: what is paid, torn off from what is done about it. */
.stub { background: var(--stub); }
.panel > * + * { border-top: 2px dashed var(--line); }
.panel > * + *::before, .panel > * + *::after {
  content: ""; position: absolute; top: -9px; width: 16px; height: 16px; border: 1px solid var(--line); border-radius: 50%;
  background: var(--page);
}
.panel > * + *::before { inset-inline-start: -9px; }
.panel > * + *::after { inset-inline-end: -9px; }
.stub h1 { margin: 0; font-size: var(--text); font-weight: 600; letter-spacing: 0; color: var(--soft); }
.amount { margin: 0; font-size: var(--text-amount); font-weight: 680; line-height: 1.15; letter-spacing: -.025em; font-variant-numeric: tabular-nums; }
.stub .of { margin: var(--space-1) 0 0; font-size: var(--text-large); }
.due { display: flex; justify-content: space-between; align-items: baseline; gap: var(--space-1) var(--space-4); flex-wrap: wrap; padding-block: var(--space-4); }
.due p { margin: 0; min-width: 0; }
.due .amount { font-size: var(--text-title); }

/* The summary list: rows of a name and a value. */
.facts { margin: 0; }
.facts div { display: flex; justify-content: space-between; align-items: baseline; gap: var(--space-4); padding: var(--space-2) 0; }
.facts div:first-child { padding-top: 0; }
.facts div:last-child { padding-bottom: 0; }
.facts div + div { border-top: 1px solid var(--line); }
.facts dt { color: var(--soft); flex: none; max-width: 60%; }
.facts dd { margin: 0; min-width: 0; text-align: end; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.facts .sum dd { font-weight: 650; font-size: var(--text-large); }
.lines { width: 100%; border-collapse: collapse; margin: var(--space-4) 0 0; font-size: .9375rem; }
.lines th { font-weight: 400; text-align: start; overflow-wrap: anywhere; }
.lines th, .lines td { padding: var(--space-2) 0; border-top: 1px solid var(--line); vertical-align: baseline; }
.lines td { text-align: end; white-space: nowrap; padding-inline-start: var(--space-4); font-variant-numeric: tabular-nums; }
.lines tfoot th, .lines tfoot td { font-weight: 650; }
.times { color: var(--soft); white-space: nowrap; }
details { margin: var(--space-4) 0 0; }
summary { padding: var(--space-1) 0; cursor: pointer; color: var(--accent); }

/* Buttons; and the list of ways to choose from. */
.button {
  display: flex; align-items: center; justify-content: center; gap: var(--space-2); width: 100%; min-height: var(--reach);
  padding: .625rem var(--space-4); border: 1px solid var(--accent); border-radius: var(--radius); background: var(--accent);
  color: var(--accent-ink); font: inherit; font-weight: 600; text-align: center; text-decoration: none; text-wrap: balance; cursor: pointer;
  margin: 0 0 var(--space-3); font-variant-numeric: tabular-nums;
}
.button:hover, .button:active { background: var(--accent-pressed); border-color: var(--accent-pressed); }
.button:focus-visible, .choice:focus-visible, input:focus-visible { border-radius: var(--radius); }
.button.plain { background: none; color: var(--accent); border-color: var(--field); }
.button.plain:hover { border-color: var(--accent); background: var(--stub); }
.button[aria-busy=true]::before {
  content: ""; width: 1em; height: 1em; border: 2px solid; border-inline-end-color: transparent; border-radius: 50%;
  animation: turn 1s linear infinite;
}
.ending .button:first-of-type, .ending form:first-of-type .button { margin-top: var(--space-5); }
.ending .button ~ .button, .ending .button ~ form .button { margin-top: 0; }
.ending > :last-child .button { margin-bottom: 0; }
.ending .button + .small { margin-bottom: var(--space-4); }
.choices { list-style: none; margin: 0 0 var(--space-4); padding: 0; }
.choices li + li { margin-top: var(--space-3); }
.choice {
  display: grid; grid-template-columns: 1fr 1.25rem; align-items: center; column-gap: var(--space-3); width: 100%;
  padding: .875rem var(--space-4); border: 1px solid var(--field); border-radius: var(--radius); background: var(--panel); color: var(--ink);
  font: inherit; font-weight: 600; text-align: start; text-decoration: none; cursor: pointer;
}
.choice .hint { grid-column: 1; font-weight: 400; }
.choice:hover { border-color: var(--accent); background: var(--stub); box-shadow: inset 0 0 0 1px var(--accent); }
.onward { grid-column: 2; grid-row: 1 / 3; width: 1.25rem; height: 1.25rem; fill: none; stroke: var(--accent); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
[dir=rtl] .onward { transform: scaleX(-1); }

/* Fields, and what is wrong with them. */
.field { margin: 0 0 var(--space-4); border: 0; padding: 0; min-width: 0; }
.field label, .field legend { display: block; padding: 0; font-weight: 600; font-size: .9375rem; }
.field.last { margin-bottom: var(--space-5); }
.hint { display: block; color: var(--soft); font-size: var(--text-small); line-height: 1.4; margin: 0; }
input {
  display: block; width: 100%; min-height: var(--reach); margin-top: .375rem; padding: .625rem .75rem; border: 1px solid var(--field);
  border-radius: var(--radius); background: var(--panel); color: var(--ink); font: inherit; font-size: var(--text);
}
input:hover { border-color: var(--ink); }
input:focus-visible { outline-offset: 0; }
input[inputmode=numeric] { font-variant-numeric: tabular-nums; letter-spacing: .02em; direction: ltr; }
[dir=rtl] input[inputmode=numeric] { text-align: end; }
.pair { display: flex; gap: var(--space-3); margin-top: .125rem; }
.pair > div { flex: 1; max-width: 8rem; }
.pair label { font-weight: 400; font-size: var(--text-small); color: var(--soft); }
.pair input { margin-top: .125rem; }
.short { max-width: 8rem; }
.wrong { display: flex; gap: .375rem; color: var(--bad); font-size: var(--text-small); font-weight: 600; line-height: 1.4; margin-top: .375rem; }
.wrong svg { flex: none; width: 1rem; height: 1rem; margin-top: .125rem; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; }
[aria-invalid=true] { border-color: var(--bad); border-width: 2px; padding: calc(.625rem - 1px) calc(.75rem - 1px); }

/* Notices, and the list of what is wrong. */
.notice, .errors { border-inline-start: 4px solid var(--note); border-radius: var(--radius-small); background: var(--note-page); padding: var(--space-3) var(--space-4); margin: var(--space-4) 0 var(--space-5); text-align: start; }
.notice p:last-child, .errors p:last-child { margin: 0; }
.ending > .notice p { color: var(--ink); }
.errors { border-color: var(--bad); background: var(--bad-page); }
.errors:focus { outline: 3px solid var(--focus); outline-offset: 2px; }
.errors h2 { margin-bottom: var(--space-2); }
.errors ul { margin: 0 0 var(--space-2); padding-inline-start: 1.125rem; }
.errors li { padding: .125rem 0; }
.errors a { display: block; color: var(--bad); font-weight: 600; padding: .125rem 0; }

/* The sign of how it stands; the one of waiting is the progress. */
.sign { width: 4rem; height: 4rem; margin: 0 0 var(--space-4); fill: none; stroke-width: 3; stroke-linecap: round; stroke-linejoin: round; }
.sign.good { stroke: var(--good); } .sign.good circle { fill: var(--good-page); stroke: none; }
.sign.bad { stroke: var(--bad); } .sign.bad circle { fill: var(--bad-page); stroke: none; }
.sign.note { stroke: var(--note); } .sign.note circle { fill: var(--note-page); stroke: none; }
.sign.wait { stroke: var(--accent); } .sign.wait circle { stroke: var(--line); }
.sign.wait path { transform-origin: 50% 50%; animation: turn 1.1s linear infinite; }
.sign.good path { stroke-dasharray: 40; animation: draw .45s .1s ease-out backwards; }
@keyframes turn { to { transform: rotate(360deg); } }
@keyframes draw { from { stroke-dashoffset: 40; } }
@keyframes breathe { 50% { opacity: .35; } }
.later { display: none; }
.still .later { display: block; }
.still .first { display: none; }

/* The question of the bank, which is as the bank has made it: light. */
.challenge { display: block; width: 100%; height: 27rem; margin: var(--space-4) 0; border: 1px solid var(--line); border-radius: var(--radius); background: #fff; color-scheme: light; }

@media (prefers-reduced-motion: reduce) {
  .sign.good path { animation: none; }
  .sign.wait path { animation: breathe 3s ease-in-out infinite; }
  .button[aria-busy=true]::before { animation: breathe 3s ease-in-out infinite; }
}
@media (forced-colors: active) {
  .sign, .sign.good circle, .sign.bad circle, .sign.note circle { stroke: CanvasText; }
  .button { border-color: ButtonBorder; }
  .onward { stroke: CanvasText; }
  .panel > * + *::before, .panel > * + *::after { display: none; }
  [aria-invalid=true] { border-style: dashed; }
}
@media print { body { background: none; } .top, .foot, .button { display: none; } .panel { box-shadow: none; } }
`
