import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type ShopContext, sendPage } from '../context.ts'
import { ownOrder } from '../own-order.ts'
import { ShopError } from '../shop-error.ts'
import type { FaultRequest } from '../simulator-link.ts'
import { fieldOf, tokenField } from './form.ts'
import { type Html, html } from './html.ts'

interface Prepared {
  readonly label: string
  readonly tells: string
  readonly fault: FaultRequest
}

/** What goes wrong in practice, one click each: it strikes the next request of its kind. */
const PREPARED: Readonly<Record<string, Prepared>> = {
  hang: {
    label: 'Charge, then say nothing',
    tells: 'The money moves and the answer never comes. The payment is in doubt until an inquiry finds it.',
    fault: { kind: 'hang', on: 'charge' },
  },
  'hang-before': {
    label: 'Say nothing, and charge nothing',
    tells: 'The same from outside, and the opposite is true: the waiting rule must find out.',
    fault: { kind: 'hang', on: 'charge', when: 'before' },
  },
  late: {
    label: 'Answer after eight seconds',
    tells: 'The charge is made at once, the answer is late. Close the window meanwhile.',
    fault: { kind: 'late', on: 'charge', delayMs: 8_000 },
  },
  cut: {
    label: 'Charge, then cut the line',
    tells: 'The connection breaks in the middle of the answer.',
    fault: { kind: 'cut', on: 'charge', atByte: 120 },
  },
  refuse: {
    label: 'Refuse connections for ten seconds',
    tells: 'Nothing can be sent, so nothing is in doubt: the payer may try again at once.',
    fault: { kind: 'refuse', on: 'any', durationMs: 10_000 },
  },
  amount: {
    label: 'Answer with another amount',
    tells: 'Evidence that does not match is not believed.',
    fault: { kind: 'wrong-amount', on: 'charge' },
  },
}

/** Sets the simulator's faults from the shop's pages. */
export function addFaults(app: FastifyInstance, context: ShopContext): void {
  app.get('/faults', async (request, reply) =>
    sendPage(context, request, reply, {
      title: 'Break something',
      content: html`<h1>Break something</h1>
<p class="lead">Choose what goes wrong, then buy something. Whatever happens, journal and ledger agree in the end.</p>
${await faultPanel(context, request, undefined)}`,
    }),
  )

  app.post('/faults', async (request, reply) => {
    const orderId = fieldOf(request.body, 'order')
    const back = orderId === '' ? '/faults' : `/orders/${ownOrder(context, request, orderId).id}`
    const name = fieldOf(request.body, 'fault')
    try {
      if (name === 'clear') await context.simulator.clearFaults()
      else if (Object.hasOwn(PREPARED, name)) await context.simulator.addFault(PREPARED[name]?.fault ?? {})
      else throw new ShopError(422, 'There is no such fault', 'Choose one of the buttons.')
    } catch (error) {
      if (error instanceof ShopError) throw error
      const why = error instanceof Error ? error.message : String(error)
      throw new ShopError(
        502,
        'The simulator does not answer',
        `It may be refusing connections just now: ${why}`,
      )
    }
    return reply.redirect(back, 303)
  })
}

/** The buttons, what is armed, and the cards and names that the simulated issuer knows. */
export async function faultPanel(
  { simulator, secret }: ShopContext,
  request: FastifyRequest,
  orderId: string | undefined,
): Promise<Html> {
  const armed = await simulator.faults()
  return html`<section class="faults">
<form method="post" action="/faults">
${tokenField(secret, request)}
${orderId !== undefined && html`<input type="hidden" name="order" value="${orderId}">`}
<p class="armed">${armedWords(armed)}</p>
<ul>${Object.entries(PREPARED).map(
    ([name, { label, tells }]) =>
      html`<li><button class="button small plain" name="fault" value="${name}">${label}</button><small>${tells}</small></li>`,
  )}</ul>
</form>
<p>More of them, and the whole ledger: <a href="${simulator.pageUrl}">the simulator's page</a>.</p>
${cards}
</section>`
}

function armedWords(armed: readonly string[] | undefined): Html {
  if (armed === undefined) return html`The simulator does not answer just now.`
  if (armed.length === 0) return html`Nothing is armed: the next payment goes through.`
  return html`<b>Armed: ${armed.join(', ')}.</b> <button class="button small plain" name="fault" value="clear">Disarm</button>`
}

/** For people who type: the test card, and names on the card that the simulated issuer answers to. */
const cards = html`<dl class="cards">
<div><dt>Card</dt><dd><code>4444 3333 2222 1111</code>, any month to come, <code>555</code></dd></div>
<div><dt>Approved</dt><dd>any name on the card</dd></div>
<div><dt>Declined</dt><dd>the name <code>REFUSED</code>; over the limit: <code>REFUSED51</code></dd></div>
<div><dt>Broken</dt><dd>the name <code>ERROR</code></dd></div>
</dl>`
