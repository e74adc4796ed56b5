import type { IncomingMessage, ServerResponse } from 'node:http'
import { CounterfoilError, failure } from '../../errors.ts'
import { readBody } from '../request-body.ts'
import {
  actInBackOffice,
  answerChallenge,
  cancel,
  type ControlAnswer,
  deliverAgain,
  missing,
  notificationsOf,
  ok,
  pay,
} from './control-actions.ts'
import { type FaultRequest, faultKinds, removeFault } from './faults.ts'
import { BODY_BYTES_MAX, type WorldpayShell } from './shell.ts'
import { secretOptions, type WorldpayOptions } from './state.ts'

/** A page of the ledger has at most this many orders. */
const LEDGER_LIMIT_MAX = 100_000

/** The JSON interface under `/worldpay/control/`: `path` is what follows that. Amounts are strings of digits. */
export async function serveControl(
  shell: WorldpayShell,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  query: URLSearchParams,
): Promise<void> {
  const body = (await readBody(request, BODY_BYTES_MAX)) ?? ''
  let answer: ControlAnswer
  try {
    answer = answerTo(shell, `${request.method ?? ''} ${path}`, query, body)
  } catch (error) {
    if (!(error instanceof CounterfoilError)) throw error
    answer = { status: 400, value: { error: error.code, message: error.message } }
  }
  const text = `${JSON.stringify(answer.value, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`
  response.writeHead(answer.status, {
    'content-type': 'application/json; charset=UTF-8',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

function answerTo(shell: WorldpayShell, route: string, query: URLSearchParams, body: string): ControlAnswer {
  switch (route) {
    case 'GET health':
      return ok({ ok: true, orders: shell.state.orderCount })
    case 'GET ledger':
      return ok(ledgerPage(shell, query))
    case 'GET faults':
      return ok({ faults: shell.state.faults, kinds: faultKinds })
    case 'POST faults':
      // addFault checks every field, whatever came in.
      return { status: 201, value: shell.addFault(objectFrom(body) as unknown as FaultRequest) }
    case 'DELETE faults':
      shell.clearFaults()
      return ok({ faults: [] })
    case 'GET options':
      return ok(publicOptions(shell))
    case 'POST options':
    case 'PUT options':
      shell.setOptions(objectFrom(body))
      return ok(publicOptions(shell))
    case 'POST reset':
      shell.reset()
      return ok({ ok: true, orders: 0 })
    case 'GET notifications':
      return ok(notificationsOf(shell))
    case 'POST notifications/deliver-again':
      return ok(deliverAgain(shell, objectFrom(body === '' ? '{}' : body)))
    case 'POST hosted/pay':
      return pay(shell, objectFrom(body))
    case 'POST hosted/cancel':
      return cancel(shell, objectFrom(body))
    case 'POST challenge/complete':
      return answerChallenge(shell, objectFrom(body))
    case 'POST back-office':
      return actInBackOffice(shell, objectFrom(body))
    default:
      return oneOf(shell, route)
  }
}

function oneOf(shell: WorldpayShell, route: string): ControlAnswer {
  if (route.startsWith('GET ledger/')) {
    const order = shell.ledgerOf(decoded(route.slice('GET ledger/'.length)))
    return order === undefined ? missing('Nothing was executed under this order code') : ok(order)
  }
  const fault = /^DELETE faults\/(\d{1,15})$/.exec(route)
  if (fault !== null) {
    return removeFault(shell.state, Number(fault[1]))
      ? ok({ faults: shell.state.faults })
      : missing('No such fault')
  }
  return missing(
    'Here are GET health, ledger, ledger/<orderCode>, faults, options, notifications; POST faults, options, reset, notifications/deliver-again, hosted/pay, hosted/cancel, challenge/complete, back-office; DELETE faults, faults/<id>',
  )
}

function ledgerPage(shell: WorldpayShell, query: URLSearchParams): unknown {
  const { orders, ...rest } = shell.ledger()
  const offset = wholeNumber(query.get('offset'), 0)
  const limit = Math.min(wholeNumber(query.get('limit'), LEDGER_LIMIT_MAX), LEDGER_LIMIT_MAX)
  const end = offset + limit
  return { ...rest, offset, more: end < orders.length, orders: orders.slice(offset, end) }
}

function wholeNumber(text: string | null, otherwise: number): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : otherwise
}

/** Secrets stay with whoever started the simulator. */
function publicOptions(shell: WorldpayShell): Partial<WorldpayOptions> {
  const secrets: readonly string[] = secretOptions
  return Object.fromEntries(Object.entries(shell.state.options).filter(([name]) => !secrets.includes(name)))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Malformed escapes: then it is the code as it stands, which nothing was executed under.
    return text
  }
}

/** The body of a request as an object; whose fields these are is checked by whoever takes them. */
function objectFrom(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch (error) {
    throw failure('CF_CONFIG', 'the body must be a JSON object', {}, error)
  }
  throw failure('CF_CONFIG', 'the body must be a JSON object')
}
