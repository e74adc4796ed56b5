import { reasonOf } from '../errors.ts'
import type { Exchange, GatewayOperation } from '../gateway/gateway.ts'
import type { Sent } from '../gateway/transport.ts'
import type { Finding } from '../payment/finding.ts'
import { isCharge, type Operation, operationOf } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { Session } from './commit.ts'
import { type Asked, findingOfInquiry, findingOfSend } from './findings.ts'
import { type EngineNode, whyNotOnDuty } from './node.ts'
import { NOBODY, type Presence } from './presence.ts'

/**
 * Sends an operation that has been written down, once. The deadline and this node's duty are checked in the tick of
 * the first byte, on an open connection; past it nothing leaves (design 5.3).
 */
export async function transmit(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  reference: string,
  presence: Presence,
  until: SendUntil,
): Promise<Finding> {
  const { gateway } = module
  const operation = operationOf(session.payment, reference)
  const handler = operation === undefined ? undefined : gateway.operations[operation.kind]
  if (operation === undefined || handler === undefined) throw new Error(`nothing to send for ${reference}`)
  const request = requestOf(session, operation, presence)
  const askedAtMs = node.world.nowMs()
  const stranger = ofAnotherAccount(module, session, operation)
  if (stranger !== undefined) {
    const at: Asked = { askedAtMs, answeredAtMs: askedAtMs }
    return findingOfSend(module, operation, request, { kind: 'notSent', why: stranger }, at)
  }
  let exchange: Exchange
  try {
    exchange = capped(node, handler.build(request, { card: presence.card }))
  } catch (error) {
    node.log({
      level: 'error',
      message: `a request could not be built: ${reasonOf(error)}`,
      paymentId: session.payment.paymentId,
    })
    const at: Asked = { askedAtMs, answeredAtMs: askedAtMs }
    return findingOfSend(
      module,
      operation,
      request,
      { kind: 'notSent', why: 'the request could not be built' },
      at,
    )
  }
  let whyNot: string | undefined
  const sent = await node.transport.send(exchange, () => {
    whyNot = mayStart(node, operation, until)
    return whyNot
  })
  const at: Asked = { askedAtMs, answeredAtMs: node.world.nowMs() }
  const finding = findingOfSend(module, operation, request, sent, at)
  const isSilent = finding.kind === 'unclear' || finding.kind === 'not-sent'
  const breaker = node.breakers.of(gateway)
  if (isCharge(operation) && whyNot === undefined) breaker.heard(!isSilent)
  else if (isCharge(operation)) breaker.giveBack()
  return finding
}

/**
 * Until when an operation that is written down now may be sent, by both clocks of this machine: the monotonic one may
 * stand still while the machine is suspended, the other one may be set.
 */
export interface SendUntil {
  readonly monotonicMs: number
  readonly machineMs: number
}

export function sendUntil({ world, clock, limits }: EngineNode): SendUntil {
  return {
    monotonicMs: world.monotonicMs() + limits.sendWithinMs,
    machineMs: clock.machineMs() + limits.sendWithinMs,
  }
}

/** Why the first byte must not leave now, or undefined. */
function mayStart(node: EngineNode, operation: Operation, until: SendUntil): string | undefined {
  const { world, clock } = node
  const isLate =
    world.nowMs() > operation.sendDeadlineMs ||
    world.monotonicMs() > until.monotonicMs ||
    clock.machineMs() > until.machineMs
  if (isLate) return 'the send deadline has passed'
  return whyNotOnDuty(node)
}

/** Asks the PSP what became of an operation. Moves no money, so that it may be asked at any time by any node. */
export async function inquire(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  operation: Operation,
): Promise<Finding> {
  const { gateway } = module
  const handler = gateway.inquire
  // A modification or reversal is asked about by what became of its charge.
  const charge =
    operation.target === undefined ? operation : (operationOf(session.payment, operation.target) ?? operation)
  const request = requestOf(session, operation, NOBODY)
  const askedAtMs = node.world.nowMs()
  const stranger = ofAnotherAccount(module, session, operation)
  const sent: Sent =
    stranger === undefined
      ? await node.transport.send(capped(node, handler.build(request)), () => undefined)
      : { kind: 'notSent', why: stranger }
  const at: Asked = { askedAtMs, answeredAtMs: node.world.nowMs() }
  return findingOfInquiry(module, operation, charge, (answer) => handler.read(answer, request), sent, at)
}

/**
 * Why nothing of this operation is said to the account that the module has now, or undefined. What one account does not
 * know says nothing about another: it would end a doubt without evidence.
 */
function ofAnotherAccount(
  { name, gateway }: PaymentModule,
  { payment }: Session,
  operation: Operation,
): string | undefined {
  const target = operation.target === undefined ? undefined : operationOf(payment, operation.target)
  const other = [operation, target].find(
    (one) => one !== undefined && (one.account !== gateway.account || one.gateway !== gateway.name),
  )
  if (other === undefined) return undefined
  const [was, is] = [`${other.gateway} ${other.account}`, `${gateway.name} ${gateway.account}`]
  return `it is of the account ${was}, and the module '${name}' has ${is} now`
}

function requestOf(session: Session, operation: Operation, presence: Presence): GatewayOperation {
  const { payment } = session
  const target = operation.target === undefined ? undefined : operationOf(payment, operation.target)
  return {
    reference: operation.reference,
    kind: operation.kind,
    leg: operation.leg,
    amountMinor: operation.amountMinor,
    currency: operation.currency,
    orderId: payment.orderId,
    description: payment.description ?? `Order ${payment.orderId}`,
    payer: presence.payer,
    payerIp: presence.payerIp,
    browser: presence.browser,
    handover: operation.handedOver?.data,
    mustAuthenticate: operation.mustAuthenticate === true,
    target:
      target === undefined
        ? undefined
        : {
            reference: target.reference,
            kind: target.kind,
            amountMinor: target.amountMinor,
            currency: target.currency,
          },
  }
}

function capped(node: EngineNode, exchange: Exchange): Exchange {
  return exchange.timeoutMs <= node.limits.answerWithinMs
    ? exchange
    : { ...exchange, timeoutMs: node.limits.answerWithinMs }
}
