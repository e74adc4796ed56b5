/** The one style sheet of the simulator's pages: light and dark, without a script and without a download. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --line: #d9dee5; --ground: #f5f6f8; --sheet: #ffffff; --accent: #1f6f5c; --alert: #a3341f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #9aa5b4; --line: #343c48; --ground: #14181e; --sheet: #1c222a; --accent: #6fc7b0; --alert: #f0907c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 74rem; margin: 0 auto; padding: 1rem; }
header { padding-bottom: 0; }
h1 { font-size: 1.5rem; margin: .5rem 0 .25rem; }
h2 { font-size: 1.1rem; margin: 0 0 .75rem; }
a { color: var(--accent); }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
section { background: var(--sheet); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin-bottom: 1rem; }
.pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); align-items: start; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
.scroll td:first-child { white-space: normal; word-break: break-all; min-width: 11rem; }
th { color: var(--soft); font-weight: 500; font-size: .85rem; }
td.number, th.number { text-align: right; }
tr.alert td { color: var(--alert); font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
form { display: grid; gap: .6rem; }
div.scroll + form { margin-top: .75rem; }
label { display: grid; grid-template-columns: 10rem 1fr; gap: .75rem; align-items: center; }
label.tick { grid-template-columns: auto 1fr; }
input, select, button { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: .35rem; padding: .35rem .5rem; min-width: 0; width: 100%; }
input[type=checkbox] { width: auto; }
button { background: var(--accent); border-color: var(--accent); color: var(--sheet); font-weight: 600; cursor: pointer; width: auto; justify-self: start; padding: .4rem 1rem; }
button.plain { background: none; color: var(--alert); border-color: var(--line); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
p.soft, .soft { color: var(--soft); margin: 0 0 .75rem; }
form.line { display: flex; gap: .35rem; }
form.line select { width: auto; }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; }
.payer main { max-width: 28rem; padding-top: 1.5rem; }
.payer .order { text-align: center; }
.payer .order h1 { font-size: 2rem; font-variant-numeric: tabular-nums; }
.payer .order p { margin: 0; }
.payer details { background: var(--sheet); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin-bottom: 1rem; }
.payer summary { font-weight: 600; cursor: pointer; }
.payer details[open] summary { margin-bottom: .75rem; }
.payer label { grid-template-columns: 1fr; gap: .25rem; }
.payer input, .payer select, .payer button { padding: .6rem .75rem; }
.payer fieldset { border: 0; padding: 0; margin: 0; display: grid; grid-template-columns: 1fr 1fr; gap: .25rem .75rem; }
.payer button { width: 100%; justify-self: stretch; }
.payer .alert { border-color: var(--alert); }
.payer footer { color: var(--soft); font-size: .85rem; text-align: center; margin: 1.5rem 0; }
p.error { color: var(--alert); font-weight: 600; margin: 0 0 1rem; }
`
