import type { FastifyRequest } from 'fastify'
import type { Breaking } from '../breaking/breaking.ts'
import type { ShopContext } from '../context.ts'
import { breakableThings, type Thing } from './breakable-things.ts'
import { tokenField } from './form.ts'
import { type Html, html } from './html.ts'
import { PREPARED } from './prepared-faults.ts'

type Parts = Pick<ShopContext, 'simulator' | 'secret'>

/** Everything that can be broken, with what it means and what becomes of it. */
export async function breakingPage(
  { simulator, secret }: Parts,
  breaking: Breaking,
  request: FastifyRequest,
): Promise<Html> {
  const armed = await simulator.faults()
  return html`<h1>Break something</h1>
<p class="lead">For engineers. Choose what goes wrong, then buy something, or do it the other way round. Whatever happens, journal and ledger agree in the end.</p>
<div class="things">${breakableThings(breaking).map((thing) => card(thing, tokenField(secret, request)))}</div>
<section class="faults" aria-labelledby="provider">
<h2 id="provider">The provider</h2>
<form method="post" action="/faults">
${tokenField(secret, request)}
<p class="armed">${armedWords(armed)}</p>
<ul>${Object.entries(PREPARED).map(
    ([name, { label, tells }]) =>
      html`<li><button class="button small plain" name="fault" value="${name}">${label}</button><small>${tells}</small></li>`,
  )}</ul>
</form>
<p>More of them, and the whole ledger: <a href="${simulator.pageUrl}">the simulator's page</a>.</p>
</section>
${cards}`
}

function card(thing: Thing, token: Html): Html {
  const { what, name, means, isBroken, state, expect, remedy, buttons } = thing
  return html`<section class="thing${isBroken && ' broken'}" aria-labelledby="${what}">
<h2 id="${what}">${name} <span class="pill ${isBroken ? 'bad' : 'good'}">${state}</span></h2>
<p>${means}</p>
${isBroken && html`<dl class="expect"><dt>Expect</dt><dd>${expect}</dd><dt>What Counterfoil does</dt><dd>${remedy}</dd></dl>`}
<form method="post" action="/break" class="actions">${token}<input type="hidden" name="what" value="${what}">${buttons}</form>
</section>`
}

/** The same beside an order, in as little room as it takes. */
export async function breakingBar(
  { simulator, secret }: Parts,
  breaking: Breaking,
  request: FastifyRequest,
  orderId: string,
): Promise<Html> {
  const hidden = html`${tokenField(secret, request)}<input type="hidden" name="order" value="${orderId}">`
  const armed = await simulator.faults()
  return html`<section class="breaking-bar" aria-labelledby="breaking">
<h2 id="breaking">For breaking</h2>
<form method="post" action="/faults" class="bar-row">${hidden}
<label for="fault" class="bar-name">Provider</label>
<span class="bar-buttons"><select id="fault" name="fault">${Object.entries(PREPARED).map(([name, { label }]) => html`<option value="${name}">${label}</option>`)}</select>
<button class="button small plain" id="arm">Arm</button></span>
</form>
${armed !== undefined && armed.length > 0 && html`<form method="post" action="/faults" class="bar-row broken">${hidden}<span class="bar-name">Armed</span><span class="bar-buttons">${armed.join(', ')} <button class="button small mend" id="disarm" name="fault" value="clear">Disarm</button></span></form>`}
${breakableThings(breaking, { short: true }).map((thing) => row(thing, hidden))}
<p class="empty"><a href="/break">What each of them means</a></p>
</section>`
}

const SHORT: Readonly<Record<Thing['what'], string>> = {
  database: 'Database',
  mail: 'Mail',
  clock: 'Clock',
  kill: 'Process',
}

function row({ what, isBroken, state, expect, remedy, buttons }: Thing, hidden: Html): Html {
  return html`<form method="post" action="/break" class="bar-row${isBroken && ' broken'}">${hidden}<input type="hidden" name="what" value="${what}">
<span class="bar-name">${SHORT[what]}${isBroken && html`<small>${state}</small>`}</span><span class="bar-buttons">${buttons}</span>
${isBroken && html`<p class="bar-expect"><b>Expect:</b> ${expect} <b>Counterfoil:</b> ${remedy}</p>`}
</form>`
}

function armedWords(armed: readonly string[] | undefined): Html {
  if (armed === undefined) return html`The simulator does not answer just now.`
  if (armed.length === 0) return html`Nothing is armed: the next payment goes through.`
  return html`<b>Armed: ${armed.join(', ')}.</b> <button class="button small mend" name="fault" value="clear">Disarm</button>`
}

/** For people who type: the test card, and names on the card that the simulated issuer answers to. */
const cards = html`<section aria-labelledby="cards"><h2 id="cards">What to type</h2>
<dl class="cards">
<div><dt>Card</dt><dd><code>4444 3333 2222 1111</code>, any month to come, <code>555</code></dd></div>
<div><dt>Approved</dt><dd>any name on the card</dd></div>
<div><dt>Declined</dt><dd>the name <code>REFUSED</code>; over the limit: <code>REFUSED51</code></dd></div>
<div><dt>Asked</dt><dd>the name <code>3DS_V2_CHALLENGE_IDENTIFIED</code>: the bank wants to see the payer</dd></div>
<div><dt>Broken</dt><dd>the name <code>ERROR</code></dd></div>
</dl></section>`
