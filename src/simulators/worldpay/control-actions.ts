import { failure } from '../../errors.ts'
import { type BackOfficeAction, backOfficeActions } from './back-office.ts'
import type { HostedPayment, HostedResult } from './hosted.ts'
import type { WorldpayShell } from './shell.ts'

export interface ControlAnswer {
  readonly status: number
  readonly value: unknown
}

/** The body of a request, whose fields nobody has looked at yet. */
type Fields = Readonly<Record<string, unknown>>

export function ok(value: unknown): ControlAnswer {
  return { status: 200, value }
}

export function missing(message: string): ControlAnswer {
  return { status: 404, value: { message } }
}

function impossible(message: string): ControlAnswer {
  return { status: 409, value: { message } }
}

export function notificationsOf(shell: WorldpayShell): unknown {
  const { notificationUrl } = shell.state.options
  return { notificationUrl, notifications: shell.postman.queue(), dropped: shell.state.notifications.dropped }
}

export function deliverAgain(shell: WorldpayShell, fields: Fields): unknown {
  allowOnly(fields, ['orderCode', 'times'])
  const orderCode = fields['orderCode'] === undefined ? undefined : textFrom(fields, 'orderCode')
  return { deliveries: shell.postman.deliverAgain(orderCode, (fields['times'] ?? 1) as number) }
}

const CARD_DEFAULTS = {
  cardNumber: '4444333322221111',
  expiryMonth: '12',
  cardHolderName: 'Jane Doe',
  cvc: '555',
} as const
const CARD_FIELDS = [...Object.keys(CARD_DEFAULTS), 'expiryYear']

/** Pays a hosted order as its payer would: with a good card, unless the fields say otherwise. */
export function pay(shell: WorldpayShell, fields: Fields): ControlAnswer {
  allowOnly(fields, ['orderCode', 'ticket', 'method', 'result', ...CARD_FIELDS])
  return hostedAnswer(shell.payHosted(ticketFrom(shell, fields), paymentFrom(shell, fields)))
}

export function cancel(shell: WorldpayShell, fields: Fields): ControlAnswer {
  allowOnly(fields, ['orderCode', 'ticket'])
  return hostedAnswer(shell.cancelHosted(ticketFrom(shell, fields)))
}

function hostedAnswer(result: HostedResult): ControlAnswer {
  return result.kind === 'unknown' ? missing('No hosted order is known by this name') : ok(result)
}

function ticketFrom(shell: WorldpayShell, fields: Fields): string {
  if (fields['ticket'] !== undefined) return textFrom(fields, 'ticket')
  return shell.state.registrations[textFrom(fields, 'orderCode')]?.ticket ?? ''
}

function paymentFrom(shell: WorldpayShell, fields: Fields): HostedPayment {
  const method = fields['method'] === undefined ? 'CARD' : textFrom(fields, 'method')
  const text = (name: string, otherwise: string): string =>
    fields[name] === undefined ? otherwise : textFrom(fields, name)
  if (method === 'CARD') {
    if (fields['result'] !== undefined) throw wrong('result', 'absent for CARD: the card holder name decides')
    const nextYear = new Date(shell.nowMs()).getUTCFullYear() + 1
    return {
      method,
      cardNumber: text('cardNumber', CARD_DEFAULTS.cardNumber),
      expiryMonth: text('expiryMonth', CARD_DEFAULTS.expiryMonth),
      expiryYear: text('expiryYear', String(nextYear)),
      cardHolderName: text('cardHolderName', CARD_DEFAULTS.cardHolderName),
      cvc: text('cvc', CARD_DEFAULTS.cvc),
    }
  }
  const result = RESULTS.find((each) => each === (fields['result'] ?? 'paid'))
  if (result === undefined) throw wrong('result', RESULTS.join(', '))
  return { method, result }
}

const RESULTS = ['paid', 'pending', 'pending-failed', 'failed'] as const
const VERDICTS = ['passed', 'failed'] as const

/** Answers the bank as the payer would. */
export function answerChallenge(shell: WorldpayShell, fields: Fields): ControlAnswer {
  allowOnly(fields, ['orderCode', 'transactionId', 'verdict'])
  const verdict = VERDICTS.find((each) => each === (fields['verdict'] ?? 'passed'))
  if (verdict === undefined) throw wrong('verdict', VERDICTS.join(', '))
  const transactionId =
    fields['transactionId'] === undefined
      ? (shell.state.authentications[textFrom(fields, 'orderCode')]?.transactionId ?? '')
      : textFrom(fields, 'transactionId')
  if (shell.challenge(transactionId) === undefined) return missing('No payment waits for a challenge there')
  return shell.completeChallenge(transactionId, verdict)
    ? ok({ transactionId, verdict })
    : impossible('The challenge is answered already')
}

export function actInBackOffice(shell: WorldpayShell, fields: Fields): ControlAnswer {
  allowOnly(fields, ['orderCode', 'action', 'amountMinor'])
  const action = backOfficeActionFrom(fields['action'])
  const orderCode = textFrom(fields, 'orderCode')
  const result = shell.backOffice(orderCode, action, amountFrom(fields['amountMinor']))
  if (result.ok) return ok({ ok: true })
  return shell.state.orders[orderCode] === undefined ? missing(result.why) : impossible(result.why)
}

/** @throws CF_CONFIG with the actions there are. */
export function backOfficeActionFrom(value: unknown): BackOfficeAction {
  const action = backOfficeActions.find((each) => each === value)
  if (action === undefined) throw wrong('action', backOfficeActions.join(', '))
  return action
}

/** Minor units as a string of digits or a whole number; absent or empty for all that there is. */
export function amountFrom(value: unknown): bigint | undefined {
  if (value === undefined || value === '') return undefined
  const digits = typeof value === 'number' ? String(value) : value
  if (typeof digits === 'string' && /^[1-9]\d{0,9}$/.test(digits)) return BigInt(digits)
  throw wrong('amountMinor', '1 to 10 digits of minor units')
}

function textFrom(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string' && value !== '' && value.length <= 1_024) return value
  throw wrong(name, 'a text of at most 1024 characters')
}

/** A field that nobody knows is a mistake that would go unnoticed if it were let in. */
function allowOnly(fields: Fields, names: readonly string[]): void {
  for (const name of Object.keys(fields)) {
    if (!names.includes(name)) throw wrong(name, `absent; the fields here are ${names.join(', ')}`)
  }
}

function wrong(name: string, allowed: string): Error {
  return failure('CF_CONFIG', `'${name}' is allowed to be: ${allowed}`, { option: name })
}
