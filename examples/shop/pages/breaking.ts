import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Breaking, CLOCK_STEPS } from '../breaking/breaking.ts'
import { isOfThisMachine } from '../breaking/guard.ts'
import { type ShopContext, sendPage, sendPageWithoutShop } from '../context.ts'
import { isRandomId } from '../random-id.ts'
import { notFound, ShopError } from '../shop-error.ts'
import { breakingPage } from './breaking-page.ts'
import { fieldOf } from './form.ts'
import { html } from './html.ts'
import { PREPARED } from './prepared-faults.ts'

/** By then a supervisor has started the process again. */
const BACK_AFTER_S = 4

/** The pages that break things on purpose. They are added only where `whyNotBreakable` has nothing against it. */
export function addBreaking(app: FastifyInstance, context: ShopContext, breaking: Breaking): void {
  const show = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    ofThisMachineOnly(request)
    const page = { title: 'Break something', content: await breakingPage(context, breaking, request) }
    return breaking.database.isAway
      ? sendPageWithoutShop(context, reply, page)
      : sendPage(context, request, reply, page)
  }
  app.get('/break', show)
  app.get('/faults', show)

  app.post('/faults', async (request, reply) => {
    ofThisMachineOnly(request)
    await armFault(context, fieldOf(request.body, 'fault'))
    return reply.redirect(backTo(request), 303)
  })

  app.post('/break', async (request, reply) => {
    ofThisMachineOnly(request)
    const [what, action] = [fieldOf(request.body, 'what'), fieldOf(request.body, 'do')]
    if (action !== 'break' && action !== 'mend') throw noSuchThing()
    if (what === 'kill' && action === 'break' && fieldOf(request.body, 'when') !== 'sent') {
      return die(context, breaking, reply)
    }
    if (action === 'break') breakIt(breaking, what, request)
    else mendIt(breaking, what)
    return reply.redirect(backTo(request), 303)
  })
}

function breakIt(breaking: Breaking, what: string, request: FastifyRequest): void {
  if (what === 'database') breaking.database.isAway = true
  else if (what === 'mail') breaking.mail.setAway(true)
  else if (what === 'clock') putAhead(breaking, fieldOf(request.body, 'amount'))
  else if (what === 'kill') breaking.death.arm()
  else throw noSuchThing()
}

function mendIt(breaking: Breaking, what: string): void {
  if (what === 'database') breaking.database.isAway = false
  else if (what === 'mail') breaking.mail.setAway(false)
  else if (what === 'clock') breaking.clock.putRight()
  else if (what === 'kill') breaking.death.disarm()
  else throw noSuchThing()
}

function putAhead({ clock }: Breaking, amount: string): void {
  if (!Object.hasOwn(CLOCK_STEPS, amount)) throw noSuchThing()
  if (clock.putAhead(CLOCK_STEPS[amount as keyof typeof CLOCK_STEPS].ms)) return
  throw new ShopError(422, 'That is far enough', 'The clock goes at most 90 days ahead. Put it right first.')
}

/** The answer goes first; then the process ends as by a power cut, in the middle of whatever else it does. */
function die(context: ShopContext, { death, supervisor }: Breaking, reply: FastifyReply): FastifyReply {
  reply.raw.once('finish', () => death.now())
  reply.header('connection', 'close')
  return sendPageWithoutShop(context, reply, {
    status: 202,
    title: 'Killed',
    reloadAfterS: supervisor === undefined ? undefined : BACK_AFTER_S,
    content: html`<h1>The process is gone</h1>
<p class="lead">Killed by SIGKILL: nothing was finished, closed or saved. What was written down is all that is left of it.</p>
${
  supervisor === undefined
    ? html`<p>Nobody starts it again here. Do so yourself, with <code>npm start</code>, and <a href="/break">come back</a>.</p>`
    : html`<p>Its supervisor starts it again, and this page comes back by itself. Payments that were under way are taken over then.</p>
<p><a class="button" href="/break">Come back now</a></p>`
}`,
  })
}

async function armFault({ simulator }: ShopContext, name: string): Promise<void> {
  if (name !== 'clear' && !Object.hasOwn(PREPARED, name)) {
    throw new ShopError(422, 'There is no such fault', 'Choose one of the buttons.')
  }
  try {
    if (name === 'clear') await simulator.clearFaults()
    else await simulator.addFault(PREPARED[name]?.fault ?? {})
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ShopError(
      502,
      'The simulator does not answer',
      `It may be refusing connections just now: ${why}`,
    )
  }
}

/** The order's page, if the form stood there; whose it is, that page asks itself, and the database may be away. */
function backTo({ body }: FastifyRequest): string {
  const orderId = fieldOf(body, 'order')
  return isRandomId(orderId) ? `/orders/${orderId}` : '/break'
}

function ofThisMachineOnly(request: FastifyRequest): void {
  if (!isOfThisMachine(request)) throw notFound()
}

function noSuchThing(): ShopError {
  return new ShopError(422, 'There is nothing like that to break', 'Choose one of the buttons.')
}
