import { randomBytes } from 'node:crypto'
import { reasonOf } from '../../errors.ts'
import { checkedLookup, systemResolve } from '../../shop/webhook/checked-lookup.ts'
import { post } from '../../shop/webhook/post.ts'
import { signWith } from '../../shop/webhook/signature.ts'
import { targetFrom } from '../../shop/webhook/target.ts'
import type { WebhookConfiguration } from '../server-configuration.ts'
import { type CheckResult, fail, ok } from './check.ts'

const ANSWER_MS_MAX = 10_000
const ID_BYTES = 12

/** Sends a signed webhook of the type `ping`, which is about no order, and wants any 2xx for it. */
export async function sendPing(webhook: WebhookConfiguration, signal: AbortSignal): Promise<CheckResult> {
  const { ca = [], allowLoopback = false } = webhook
  const { url, reach } = targetFrom(webhook.url, allowLoopback)
  const nowMs = Date.now()
  const body = JSON.stringify({ type: 'ping', timestamp: new Date(nowMs).toISOString(), data: {} })
  const id = `ping-${randomBytes(ID_BYTES).toString('hex')}`
  const headers = {
    ...signWith(webhook.secrets)(id, Math.floor(nowMs / 1_000), body),
    'content-type': 'application/json',
    'user-agent': 'Counterfoil-Webhooks/1',
  }
  const until = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)])
  const trusted = typeof ca === 'string' ? [ca] : ca
  try {
    const lookup = checkedLookup(systemResolve, reach)
    const status = await post({ url, reach, lookup, headers, body, ca: trusted, signal: until })
    if (status >= 200 && status < 300) return ok(`it answers a signed ping with ${status}`)
    const todo =
      'Let the shop verify the signature by the same secret, and answer types that it does not know with 2xx.'
    return fail(`it answers a signed ping with ${status}`, todo)
  } catch (thrown) {
    return fail(
      `a signed ping was not answered: ${reasonOf(thrown)}`,
      "Look at the shop's server and its log.",
    )
  }
}
