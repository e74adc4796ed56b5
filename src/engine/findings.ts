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
import { sameMoney } from '../money/money.ts'
import type { Evidence } from '../payment/events.ts'
import type { Finding, FindingKind } from '../payment/finding.ts'
import type { Operation } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'

/** When a question was asked, and when its answer was there; milliseconds of the wall clock. */
export interface Asked {
  readonly askedAtMs: number
  readonly answeredAtMs: number
}

/** What one send of an operation tells. The first leg is the only one on which "I know this reference" is strange. */
export function findingOfSend(
  module: PaymentModule,
  operation: Operation,
  request: GatewayOperation,
  sent: Sent,
  at: Asked,
): Finding {
  const { gateway } = module
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
      const evidence = evidenceOf('answer', gateway, outcome, rawOf(sent.answer), at.answeredAtMs)
      return cautious(module, operation, outcome.word, ofOutcome(gateway, operation, outcome, evidence, at))
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
  module: PaymentModule,
  operation: Operation,
  charge: Operation,
  read: (answer: Answer) => Found,
  sent: Sent,
  at: Asked,
): Finding {
  const { gateway } = module
  if (sent.kind !== 'answered') {
    const evidence: Evidence = {
      source: 'inquiry',
      atMs: at.answeredAtMs,
      text: `inquiry without answer: ${sent.why}`,
    }
    return { kind: 'unavailable', askedAtMs: at.askedAtMs, evidence }
  }
  const found = read(sent.answer)
  const evidence = evidenceOf('inquiry', gateway, found, rawOf(sent.answer), at.answeredAtMs)
  if (found.kind !== 'found') return { kind: found.kind, askedAtMs: at.askedAtMs, evidence }
  const complete = operation === charge && found.charge !== 'open'
  return cautious(
    module,
    operation,
    found.word,
    ofFound(gateway, charge, found, evidence, at.askedAtMs, complete),
  )
}

/** What a believed notification tells of the charge that it is about. It is as old as its event. */
export function findingOfNotice(
  module: PaymentModule,
  charge: Operation,
  found: FoundCharge,
  evidence: Evidence,
): Finding {
  const finding = ofFound(module.gateway, charge, found, evidence, evidence.atMs, true)
  return cautious(module, charge, found.word, finding)
}

type FoundCharge = Extract<Found, { readonly kind: 'found' }>

function ofFound(
  gateway: Gateway,
  charge: Operation,
  found: FoundCharge,
  evidence: Evidence,
  askedAtMs: number,
  complete: boolean,
): Finding {
  const differs = echoDiffers(gateway, charge, found.echo, complete)
  // What is dead is dead whatever its amount was: else the reversal of a mismatch could never be seen to be done.
  const isDead = found.charge === 'reversed' || found.charge === 'declined'
  const kind: FindingKind =
    differs === 'reference' ? 'unavailable' : differs === 'amount' && !isDead ? 'mismatch' : found.charge
  return {
    kind,
    askedAtMs,
    evidence,
    captured: found.captured,
    ...(found.balances === undefined ? {} : { balances: found.balances }),
    ...(found.failed === undefined ? {} : { failed: found.failed }),
    ...(found.refunding === undefined ? {} : { refunding: found.refunding }),
    ...(found.dispute === undefined ? {} : { dispute: found.dispute }),
    ...(found.expired === undefined ? {} : { expired: found.expired }),
  }
}

/** Configuration can take a word of the PSP with more caution than the adapter does: as "in progress", or as a case. */
function cautious(
  { words }: PaymentModule,
  operation: Operation,
  word: string | undefined,
  finding: Finding,
): Finding {
  const meaning = word === undefined ? undefined : words.cautious?.[word]
  if (meaning === undefined || operation.target !== undefined || !CERTAIN.has(finding.kind)) return finding
  return { ...finding, kind: 'pending', ...(meaning === 'case' ? { asCase: true } : {}) }
}

/** What ends a charge, one way or the other. */
const CERTAIN: ReadonlySet<FindingKind> = new Set(['approved', 'declined', 'reversed', 'pending'])

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
    case 'awaiting-payer':
    case 'challenge': {
      // Nothing was executed, so that there is no amount to repeat; what it does repeat must be ours.
      if (echoDiffers(gateway, operation, outcome.echo, false) !== undefined) return finding('unclear')
      const kind = outcome.kind === 'challenge' ? 'challenged' : 'awaiting-payer'
      return { ...finding(kind), handover: outcome.handover }
    }
    case 'declined':
    case 'refused':
    case 'invalid':
      // A "no" need not repeat the amount; what it does repeat must be ours.
      if (echoDiffers(gateway, operation, outcome.echo, false) !== undefined) return finding('unclear')
      return outcome.kind === 'declined' && outcome.soft === true
        ? { ...finding('declined'), soft: true }
        : finding(outcome.kind)
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
  const { amountMinor = operation.amountMinor, currency = operation.currency } = echo
  const exponent = echo.amountMinor === undefined ? undefined : echo.exponent
  if (!sameMoney(operation, { amountMinor, currency, exponent })) return 'amount'
  return complete && gateway.capabilities.echoes.some((field) => echo[field] === undefined)
    ? 'reference'
    : undefined
}

function rawOf(answer: Answer): string {
  return new TextDecoder().decode(answer.body.subarray(0, RAW_BYTES_MAX))
}

/** Something heard, as it is written down: scrubbed, and bounded. */
export function evidenceOf(
  source: Evidence['source'],
  gateway: Gateway,
  notes: OutcomeNotes,
  text: string,
  atMs: number,
): Evidence {
  // Scrubbed before it is cut, so that nothing is cut in its middle before it is masked.
  const raw = gateway.scrub(text).slice(0, RAW_CHARACTERS_MAX)
  return {
    source,
    atMs,
    text: gateway.scrub(notes.text).slice(0, 300),
    ...(notes.code === undefined ? {} : { code: notes.code.slice(0, 50) }),
    ...(notes.pspReference === undefined ? {} : { pspReference: notes.pspReference.slice(0, 100) }),
    ...(notes.maskedCard === undefined ? {} : { maskedCard: notes.maskedCard.slice(0, 30) }),
    raw,
  }
}

/** What is looked at of a raw answer, and what is kept of it once it was scrubbed. */
const RAW_BYTES_MAX = 32_000
const RAW_CHARACTERS_MAX = 8_000

function ofTransport(text: string, at: Asked): Evidence {
  return { source: 'transport', atMs: at.answeredAtMs, text: text.slice(0, 300) }
}
