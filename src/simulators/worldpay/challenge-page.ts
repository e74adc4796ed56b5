import type { IncomingMessage, ServerResponse } from 'node:http'
import { inWords } from './amounts.ts'
import { noticePage, payerPage, postedForm, sendPayerPage } from './hosted-page-sheet.ts'
import type { WorldpayShell } from './shell.ts'
import { readChallengeJwt } from './three-d-secure.ts'
import { escapeXml } from './xml.ts'

/** Where the browser posts `JWT` and `MD`, and where the payer's answer goes; behind the mount. */
export const CHALLENGE_PATH = '/challenge'
/** The bank's own address, which the gateway's answer names (`acsURL`). */
export const BANK_PATH = '/acs'

const SEND_AT_ONCE = 'document.forms[0].submit()'

/** What the payer can do at the bank. */
const ANSWERS = ['passed', 'failed', 'none'] as const
type Answer = (typeof ANSWERS)[number]

/** The payer's bank, in the merchant's frame or in a window of its own. */
export async function serveChallenge(
  shell: WorldpayShell,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') return refuse(response, 405, 'The form with JWT and MD is sent by POST.')
  const form = await postedForm(request)
  if (form === undefined) return refuse(response, 413, 'The form is too long.')
  const jwt = readChallengeJwt(shell.state, form.get('JWT') ?? '', shell.nowMs())
  if (!jwt.ok) return refuse(response, 400, `The JWT was not taken: ${jwt.why}`)
  const answer = ANSWERS.find((each) => each === form.get('answer'))
  if (answer === undefined) return ask(shell, response, jwt.transactionId, form)
  return goBack(shell, response, jwt, answer, form.get('MD') ?? '')
}

/** `/worldpay/acs`: at the gateway only its own challenge page comes here. */
export function serveBank(response: ServerResponse): void {
  const text =
    'The bank is asked through the challenge page: post the JWT there, with this address, payload and transaction in it.'
  sendPayerPage(response, 200, noticePage('Your bank', text))
}

function ask(
  shell: WorldpayShell,
  response: ServerResponse,
  transactionId: string,
  form: URLSearchParams,
): void {
  const asked = shell.challenge(transactionId)
  if (asked === undefined) return refuse(response, 404, 'No payment waits for an answer to this question.')
  const amount = inWords(asked.amountMinor, asked.currency, asked.exponent)
  const kept = ['JWT', 'MD'].map((name) => hidden(name, form.get(name) ?? ''))
  sendPayerPage(
    response,
    200,
    payerPage(
      'Your bank',
      `<section class="order"><h1>Your bank</h1><p>Confirm the payment of <strong>${amount}</strong> with card ${asked.maskedCard} to ${escapeXml(shell.state.options.merchantCode)}.</p><p class="soft">Order <code>${escapeXml(asked.orderCode)}</code></p></section>
<form method="post" action="/worldpay${CHALLENGE_PATH}">${kept.join('')}<button name="answer" value="passed">Confirm</button><button class="plain" name="answer" value="failed">Refuse</button><button class="plain" name="answer" value="none">Come back without doing anything</button></form>`,
    ),
  )
}

/** The browser posts itself back to the merchant, in the frame or window that it is in. */
function goBack(
  shell: WorldpayShell,
  response: ServerResponse,
  { transactionId, returnUrl }: { readonly transactionId: string; readonly returnUrl: string },
  answer: Answer,
  merchantData: string,
): void {
  if (!/^https?:\/\//i.test(returnUrl)) return refuse(response, 400, 'ReturnUrl is no web address.')
  if (answer !== 'none' && !shell.completeChallenge(transactionId, answer)) {
    return refuse(response, 409, 'No payment waits for an answer to this question.')
  }
  const fields = [hidden('TransactionId', transactionId), hidden('Response', ''), hidden('MD', merchantData)]
  const content = `<section><h1>Your bank</h1><p>You are on your way back to the shop.</p><form method="post" action="${escapeXml(returnUrl)}">${fields.join('')}<button>Back to the shop</button></form></section>`
  sendPayerPage(response, 200, payerPage('Your bank', content, SEND_AT_ONCE), SEND_AT_ONCE)
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escapeXml(value)}">`
}

function refuse(response: ServerResponse, status: number, why: string): void {
  sendPayerPage(response, status, noticePage('Your bank cannot ask', why))
}
