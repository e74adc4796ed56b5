/** The one stylesheet: phone first, light and dark, no font or picture from anywhere. */
export const style = `:root {
  --page: #f4f6f5; --card: #fff; --ink: #17211f; --soft: #55625f; --line: #d5dcda; --field: #8a9794;
  --accent: #0b5c4b; --accent-ink: #fff; --accent-hover: #094a3d; --focus: #0b57d0;
  --good: #0b6b4f; --bad: #a3261b; --bad-page: #fdf3f1; --note: #8a5a00; --note-page: #fdf7e8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101615; --card: #18201f; --ink: #e9efed; --soft: #a3b1ad; --line: #2e3a37; --field: #6f7e7a;
    --accent: #4cc3a4; --accent-ink: #06231c; --accent-hover: #6ad4b8; --focus: #8ab4f8;
    --good: #57cfa6; --bad: #ff9d90; --bad-page: #2c1b19; --note: #f0c060; --note-page: #292313;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; padding: 0 16px; display: flex; flex-direction: column; align-items: center;
  background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
.top, .card, .foot { width: 100%; max-width: 30rem; }
.top { display: flex; justify-content: space-between; align-items: baseline; gap: 16px; padding: 20px 4px 14px; }
.brand { font-weight: 650; font-size: 1.0625rem; overflow-wrap: anywhere; }
.secure { color: var(--soft); font-size: .8125rem; white-space: nowrap; }
.lock { width: 13px; height: 13px; vertical-align: -1px; fill: none; stroke: currentColor; stroke-width: 1.5; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 24px 20px; }
@media (min-width: 34rem) { .card { padding: 32px; } .top { padding-top: 48px; } }
.foot { padding: 16px 4px 40px; font-size: .875rem; color: var(--soft); }
h1 { margin: 0 0 6px; font-size: 1.375rem; line-height: 1.3; letter-spacing: -.01em; text-wrap: balance; }
h2 { margin: 0 0 8px; font-size: 1rem; }
p { margin: 0 0 12px; }
.card > :last-child, .ending > :last-child { margin-bottom: 0; }
a { color: var(--accent); }
.sub { color: var(--soft); overflow-wrap: anywhere; }
.small { font-size: .875rem; color: var(--soft); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
.lines { width: 100%; border-collapse: collapse; margin: 20px 0 24px; }
.lines th { font-weight: 400; text-align: left; overflow-wrap: anywhere; }
.lines th, .lines td { padding: 10px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.lines td { text-align: right; white-space: nowrap; padding-left: 16px; font-variant-numeric: tabular-nums; }
.lines tfoot th, .lines tfoot td { border-bottom: 0; font-weight: 650; font-size: 1.125rem; padding-top: 14px; }
.times { color: var(--soft); font-size: .875rem; white-space: nowrap; }
.button {
  display: block; width: 100%; padding: 13px 16px; border: 1px solid var(--accent); border-radius: 8px;
  background: var(--accent); color: var(--accent-ink); font: inherit; font-weight: 600; text-align: center;
  text-decoration: none; cursor: pointer; margin: 0 0 12px;
}
.button:hover { background: var(--accent-hover); border-color: var(--accent-hover); }
.button:focus-visible { border-radius: 8px; }
.button.plain { background: none; color: var(--accent); }
.button.plain:hover { background: var(--page); }
.due { display: flex; justify-content: space-between; align-items: baseline; gap: 16px; margin: 0 0 20px;
  padding: 0 0 16px; border-bottom: 1px solid var(--line); }
.due .amount { font-size: 1.25rem; font-weight: 650; font-variant-numeric: tabular-nums; white-space: nowrap; }
.field { margin: 0 0 18px; border: 0; padding: 0; min-width: 0; }
.field label, .field legend { display: block; padding: 0; font-weight: 600; font-size: .9375rem; }
.hint { display: block; color: var(--soft); font-size: .8125rem; margin: 0; }
input {
  display: block; width: 100%; margin-top: 6px; padding: 11px 12px; border: 1px solid var(--field);
  border-radius: 8px; background: var(--card); color: var(--ink); font: inherit; font-size: 1rem;
}
input:focus-visible { outline-offset: 0; border-radius: 8px; }
input[inputmode=numeric] { font-variant-numeric: tabular-nums; letter-spacing: .02em; }
.pair { display: flex; gap: 12px; }
.pair > div { flex: 1; max-width: 7.5rem; }
.pair label { font-weight: 400; font-size: .8125rem; color: var(--soft); margin-top: 4px; }
.pair input { margin-top: 2px; }
.short { max-width: 7.5rem; }
.wrong { display: block; color: var(--bad); font-size: .875rem; font-weight: 600; margin-top: 6px; }
[aria-invalid=true] { border-color: var(--bad); border-width: 2px; padding: 10px 11px; }
.errors { background: var(--bad-page); border-left: 4px solid var(--bad); border-radius: 4px; padding: 14px 16px;
  margin: 0 0 20px; }
.errors ul { margin: 0 0 8px; padding-left: 18px; }
.errors p { margin: 0; }
.errors a { color: var(--bad); }
.notice { background: var(--note-page); border-left: 4px solid var(--note); border-radius: 4px; padding: 14px 16px;
  margin: 16px 0 20px; }
.notice p:last-child { margin: 0; }
.ending { text-align: center; }
.ending p { color: var(--soft); text-wrap: pretty; }
.ending .strong { color: var(--ink); font-weight: 600; }
.ending .button { margin-top: 20px; }
.ending .button + .button { margin-top: 0; }
.sign { width: 52px; height: 52px; margin: 0 0 12px; fill: none; stroke-width: 3; stroke-linecap: round;
  stroke-linejoin: round; }
.sign.good { stroke: var(--good); } .sign.bad { stroke: var(--bad); } .sign.note { stroke: var(--note); }
.sign.wait { stroke: var(--accent); }
.sign.wait circle { stroke: var(--line); }
.sign.wait path { transform-origin: 50% 50%; animation: turn 1.2s linear infinite; }
@keyframes turn { to { transform: rotate(360deg); } }
@media (prefers-reduced-motion: reduce) { .sign.wait path { animation-duration: 6s; } }
.facts { margin: 20px 0 4px; text-align: left; border-top: 1px solid var(--line); }
.facts div { display: flex; justify-content: space-between; gap: 20px; padding: 10px 0;
  border-bottom: 1px solid var(--line); }
.facts dt { color: var(--soft); white-space: nowrap; }
.facts dd { margin: 0; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.challenge { display: block; width: 100%; height: 27rem; margin: 16px 0; border: 1px solid var(--line); border-radius: 8px;
  background: #fff; color-scheme: light; }
[hidden] { display: none; }
.later { display: none; }
.still .later { display: block; }
.still .first { display: none; }
@media (forced-colors: active) { .sign { stroke: CanvasText; } .button { border-color: ButtonBorder; } }
`
