import type {
  Answer,
  Echo,
  Found,
  Gateway,
  GatewayOperation,
  Outcome,
  OutcomeNotes,
} from '../gateway/gateway.ts'
import type { Sent } from '../gateway/transport.ts'
import { exponentOf } from '../money/currency.ts'
import type { Evidence } from '../payment/events.ts'
import type { Finding, FindingKind } from '../payment/finding.ts'
import type { Operation } from '../payment/state.ts'

/** When a question was asked, and when its answer was there; milliseconds of the wall clock. */
export interface Asked {
  readonly askedAtMs: number
  readonly answeredAtMs: number
}

/** What one send of an operation tells. The first leg is the only one on which "I know this reference" is strange. */
export function findingOfSend(
  gateway: Gateway,
  operation: Operation,
  request: GatewayOperation,
  sent: Sent,
  at: Asked,
): Finding {
  switch (sent.kind) {
    case 'notSent':
      return { kind: 'not-sent', askedAtMs: at.askedAtMs, evidence: ofTransport(`not sent: ${sent.why}`, at) }
    case 'unknown':
      return {
        kind: 'unclear',
        askedAtMs: at.askedAtMs,
        evidence: ofTransport(`no usable answer: ${sent.why}`, at),
        ...(sent.socketReset ? { resetAtMs: at.answeredAtMs } : {}),
      }
    case 'answered': {
      const outcome = read(gateway, request, sent.answer)
      return ofOutcome(
        gateway,
        operation,
        outcome,
        evidenceOf('answer', gateway, outcome, sent.answer, at),
        at,
      )
    }
    default:
      return sent satisfies never
  }
}

/**
 * What one inquiry tells: it was asked for `operation`, and answers what became of its `charge`. Whatever is not an
 * answer to the question is `unavailable`.
 */
export function findingOfInquiry(
  gateway: Gateway,
  operation: Operation,
  charge: Operation,
  read: (answer: Answer) => Found,
  sent: Sent,
  at: Asked,
): Finding {
  if (sent.kind !== 'answered') {
    const evidence: Evidence = {
      source: 'inquiry',
      atMs: at.answeredAtMs,
      text: `inquiry without answer: ${sent.why}`,
    }
    return { kind: 'unavailable', askedAtMs: at.askedAtMs, evidence }
  }
  const found = read(sent.answer)
  const evidence = evidenceOf('inquiry', gateway, found, sent.answer, at)
  if (found.kind !== 'found') return { kind: found.kind, askedAtMs: at.askedAtMs, evidence }
  const differs = echoDiffers(gateway, charge, found.echo, operation === charge)
  // What is dead is dead whatever its amount was: else the reversal of a mismatch could never be seen to be done.
  const isDead = found.charge === 'reversed' || found.charge === 'declined'
  const kind: FindingKind =
    differs === 'reference' ? 'unavailable' : differs === 'amount' && !isDead ? 'mismatch' : found.charge
  return {
    kind,
    askedAtMs: at.askedAtMs,
    evidence,
    captured: found.captured,
    ...(found.balances === undefined ? {} : { balances: found.balances }),
    ...(found.failed === undefined ? {} : { failed: found.failed }),
    ...(found.refunding === undefined ? {} : { refunding: found.refunding }),
  }
}

function read(gateway: Gateway, request: GatewayOperation, answer: Answer): Outcome {
  const handler = gateway.operations[request.kind]
  if (handler === undefined) return { kind: 'unclear', text: `no handler for ${request.kind}` }
  return handler.read(answer, request)
}

function ofOutcome(
  gateway: Gateway,
  operation: Operation,
  outcome: Outcome,
  evidence: Evidence,
  at: Asked,
): Finding {
  const finding = (kind: FindingKind): Finding => ({ kind, askedAtMs: at.askedAtMs, evidence })
  switch (outcome.kind) {
    case 'approved':
    case 'pending':
    case 'accepted':
    case 'done': {
      const differs = echoDiffers(gateway, operation, outcome.echo)
      if (differs !== undefined) return finding(differs === 'reference' ? 'unclear' : 'mismatch')
      return outcome.kind === 'approved'
        ? { ...finding('approved'), captured: outcome.captured }
        : finding(outcome.kind)
    }
    case 'declined':
    case 'refused':
    case 'invalid':
      // A "no" need not repeat the amount; what it does repeat must be ours.
      return finding(
        echoDiffers(gateway, operation, outcome.echo, false) === undefined ? outcome.kind : 'unclear',
      )
    case 'duplicate':
      // Our own earlier leg explains it; on a first send somebody else's payment may stand behind it (design 5.3).
      return finding(operation.leg > 1 ? 'unclear' : 'duplicate')
    case 'unclear':
      return finding('unclear')
    default:
      return outcome satisfies never
  }
}

/**
 * Compares what the message says it is about with what was written down. Amounts are compared in the finer of the
 * two exponents; what a gateway declares to echo and does not is as bad as a difference.
 */
function echoDiffers(
  gateway: Gateway,
  operation: Operation,
  echo: Echo,
  complete = true,
): 'reference' | 'amount' | undefined {
  const target = operation.target ?? operation.reference
  if (echo.reference !== undefined && echo.reference !== target && echo.reference !== operation.reference)
    return 'reference'
  if (operation.target !== undefined) return undefined
  if (echo.currency !== undefined && echo.currency !== operation.currency) return 'amount'
  if (echo.amountMinor !== undefined && !sameAmount(operation, echo.amountMinor, echo.exponent))
    return 'amount'
  return complete && gateway.capabilities.echoes.some((field) => echo[field] === undefined)
    ? 'reference'
    : undefined
}

function sameAmount(operation: Operation, amountMinor: bigint, exponent: number | undefined): boolean {
  const ours = exponentOf(operation.currency) ?? 2
  const theirs = exponent ?? ours
  const finest = Math.max(ours, theirs)
  return operation.amountMinor * 10n ** BigInt(finest - ours) === amountMinor * 10n ** BigInt(finest - theirs)
}

function evidenceOf(
  source: 'answer' | 'inquiry',
  gateway: Gateway,
  notes: OutcomeNotes,
  answer: Answer,
  at: Asked,
): Evidence {
  const raw = gateway.scrub(new TextDecoder().decode(answer.body.subarray(0, RAW_BYTES_MAX)))
  return {
    source,
    atMs: at.answeredAtMs,
    text: gateway.scrub(notes.text).slice(0, 300),
    ...(notes.code === undefined ? {} : { code: notes.code.slice(0, 50) }),
    ...(notes.pspReference === undefined ? {} : { pspReference: notes.pspReference.slice(0, 100) }),
    ...(notes.maskedCard === undefined ? {} : { maskedCard: notes.maskedCard.slice(0, 30) }),
    raw,
  }
}

/** What is kept of a raw answer before scrubbing; `scrub` cuts further. */
const RAW_BYTES_MAX = 16_000

function ofTransport(text: string, at: Asked): Evidence {
  return { source: 'transport', atMs: at.answeredAtMs, text: text.slice(0, 300) }
}
