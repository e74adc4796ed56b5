import { reasonOf } from '../../errors.ts'
import { isAllowed } from '../../shop/webhook/address-rules.ts'
import { systemResolve } from '../../shop/webhook/checked-lookup.ts'
import { targetFrom } from '../../shop/webhook/target.ts'
import type { CheckedConfiguration } from '../check-configuration.ts'
import type { WebhookConfiguration } from '../server-configuration.ts'
import { type CheckResult, fail, ok, together, warn } from './check.ts'
import { hostOf, lookAt } from './tls-look.ts'
import { sendPing } from './webhook-ping.ts'

const DAY_MS = 86_400_000
const CERTIFICATE_DAYS_WELL = 14

/** Whether the shop's webhook could be sent: its name, its addresses, its certificate. Nothing is sent unless `send`. */
export async function checkWebhook(
  { shop, webhook }: CheckedConfiguration,
  send: boolean,
  signal: AbortSignal,
): Promise<CheckResult> {
  if (shop !== undefined) return ok('the shop is in the same process')
  if (webhook === undefined) {
    return warn(
      'no webhook is configured',
      'The shop has to ask the API what became of its orders, or set webhook.',
    )
  }
  const reached = await reach(webhook)
  if (!send || reached.status === 'fail') return reached
  return together([reached, await sendPing(webhook, signal)])
}

async function reach({ url: text, allowLoopback = false, ca }: WebhookConfiguration): Promise<CheckResult> {
  const { url, reach } = targetFrom(text, allowLoopback)
  let addresses: readonly string[]
  try {
    addresses = (await systemResolve(hostOf(url))).map(({ address }) => address)
  } catch (thrown) {
    return fail(
      `${url.host} has no address: ${reasonOf(thrown)}`,
      'Look at the name in webhook.url, and at DNS.',
    )
  }
  const [first] = addresses
  const wrong = addresses.find((address) => !isAllowed(address, reach))
  if (first === undefined || wrong !== undefined) {
    const todo = 'Webhooks go to the public internet only: give the shop a public address.'
    return fail(`${url.host} leads to ${wrong ?? 'nowhere'}, which no webhook is sent to`, todo)
  }
  const look = await lookAt(url, first, ca)
  if (look.kind === 'no-connection') {
    return fail(`${url.host}: ${look.why}`, "Look at the shop's server, its firewall and its certificate.")
  }
  return judgeCertificate(url, look.certificateEndsAtMs, Date.now())
}

export function judgeCertificate(url: URL, endsAtMs: number | undefined, nowMs: number): CheckResult {
  if (endsAtMs === undefined) {
    return warn(`${url.host} takes connections, without TLS`, 'For trials only: use https for a real shop.')
  }
  const days = Math.floor((endsAtMs - nowMs) / DAY_MS)
  const text = `${url.host} takes connections; its certificate is good for ${days} days`
  return days < CERTIFICATE_DAYS_WELL ? warn(text, "Renew the shop's certificate.") : ok(text)
}
