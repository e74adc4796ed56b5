import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { RunOptions } from './run.ts'

interface Replacement {
  /** Under src/. */
  readonly file: string
  readonly from: string
  readonly to: string
}

export interface Mutation {
  readonly name: string
  readonly replacements: readonly Replacement[]
  /** A mistake of the PSP or of the database instead of ours. */
  readonly theirs: Partial<Pick<RunOptions, 'pspWithoutDedup' | 'readsWhatIsNotSafe'>>
}

function ours(name: string, ...replacements: readonly Replacement[]): Mutation {
  return { name, replacements, theirs: {} }
}

/**
 * Protocol mistakes, made on purpose: the simulation must find each. A replacement that does not apply exactly once
 * is an error, so that none of them rots; src knows none of them.
 */
const mutations: readonly Mutation[] = [
  ours('send-first', {
    file: 'engine/runner.ts',
    from: `  const committed = await write(
    node,
    { ...run, pending: [...run.pending, ...decision.events] },
    charges ? held : undefined,
  )
`,
    to: `  const unwritten = { payment: fold(payment, decision.events), version: 0, order: now.order }
  await transmit(node, run.module, unwritten, reference, run.presence, until)
  const committed = await write(
    node,
    { ...run, pending: [...run.pending, ...decision.events] },
    charges ? held : undefined,
  )
`,
  }),
  ours('no-fence', {
    file: 'journal/verdict.ts',
    from: `    if (payment.expectedFence !== current.fence) return conflict('fence')
    if (payment.expectedVersion !== current.version) return conflict('version')
`,
    to: '',
  }),
  ours('not-found-closes', {
    file: 'payment/waiting-rule.ts',
    from: `    first !== undefined && first >= countsFromMs(operation, rules) && askedAtMs - first >= rules.inquiryLagMs
`,
    to: `    first === undefined || askedAtMs > 0 || rules.inquiryLagMs > 0
`,
  }),
  ours('timeout-is-decline', {
    file: 'engine/findings.ts',
    from: `        kind: 'unclear',
        askedAtMs: at.askedAtMs,
        evidence: ofTransport(`,
    to: `        kind: 'declined',
        askedAtMs: at.askedAtMs,
        evidence: ofTransport(`,
  }),
  ours('no-order-hold', {
    file: 'payment/open.ts',
    from: `    case 'held':
      return refusal(`,
    to: `    case 'held':
      if (order.revision > 0) return undefined
      return refusal(`,
  }),
  ours(
    'unjournaled-reversal',
    {
      file: 'engine/resolve.ts',
      from: `  const committed = await commit(node, session, [...taken, ...list], decision.order)
`,
      to: `  for (const event of list) {
    if (event.type !== 'operation-intended' || event.operation.kind !== 'reversal') continue
    const unwritten = { ...session, payment: fold(session.payment, list) }
    await transmit(node, module, unwritten, event.operation.reference, presence, Number.POSITIVE_INFINITY)
  }
  const committed = await commit(node, session, [...taken, ...list], decision.order)
`,
    },
    {
      file: 'engine/resolve.ts',
      from: `import type { PaymentEvent } from '../payment/events.ts'
`,
      to: `import type { PaymentEvent } from '../payment/events.ts'
import { fold } from '../payment/evolve.ts'
`,
    },
  ),
  ours('no-send-deadline', {
    file: 'engine/transmit.ts',
    from: `  if (isLate) return 'the send deadline has passed'
  return whyNotOnDuty(node)
`,
    to: `  return isLate && operation.sendDeadlineMs < 0 ? whyNotOnDuty(node) : undefined
`,
  }),
  ours('lagging-inquiry', {
    file: 'gateways/worldpay/gateway.ts',
    from: 'inquiryLagMs: 5 * MINUTE_MS * scale',
    to: 'inquiryLagMs: 0 * scale',
  }),
  { name: 'psp-without-dedup', replacements: [], theirs: { pspWithoutDedup: true } },
  { name: 'reads-what-is-not-safe', replacements: [], theirs: { readsWhatIsNotSafe: true } },
  ours('blind-callback', {
    file: 'engine/notice-weighing.ts',
    from: `const believed = passed && item.isAuthentic && module.believe === 'source'`,
    to: `const believed = passed || item.raw !== ''`,
  }),
  ours('refusal-on-page-ends', {
    file: 'payment/conclude-hosted.ts',
    from: `  return events([{ type: 'attempt-refused', reference: charge.reference, evidence: finding.evidence }])
`,
    to: `  return end(payment, charge, 'abandoned', finding, now)
`,
  }),
  ours('receipt-is-done', {
    file: 'payment/conclude-reversal.ts',
    from: `  if (source !== 'inquiry' && source !== 'person') return fromAnswer(reversal, finding, now)
`,
    to: `  if (finding.kind === 'accepted') return finish(payment, reversal, target, 'abandoned', finding, now)
  if (source !== 'inquiry' && source !== 'person') return fromAnswer(reversal, finding, now)
`,
  }),
  ours('loser-not-reversed', {
    file: 'payment/charge-verdicts.ts',
    from: `  if (order === undefined) return reverse(payment, charge, 'late-approval', finding, now)
`,
    to: `  if (order === undefined && charge.payableForMs !== undefined) return events([move(charge, 'approved', finding)])
  if (order === undefined) return reverse(payment, charge, 'late-approval', finding, now)
`,
  }),
  ours('unpaid-closed-by-not-found', {
    file: 'payment/conclude-hosted.ts',
    from: `  if (notFoundCloses(charge, finding.askedAtMs, now.rules)) {
`,
    to: `  if (finding.askedAtMs > 0 || notFoundCloses(charge, finding.askedAtMs, now.rules)) {
`,
  }),
  ours('machine-clock-rules', {
    file: 'engine/clock.ts',
    from: `    if (this.#anchor === undefined) return this.#given.nowMs()
`,
    to: `    if (this.#anchor === undefined || this.#anchor.ruledMs > 0) return this.#given.nowMs()
`,
  }),
  ours('removed-unrecorded', {
    file: 'engine/inbox.ts',
    from: `await node.journal.removeFromInbox(item.id, recordedBy)`,
    to: `await node.journal.removeFromInbox(item.id)`,
  }),
  ours('acknowledged-before-durable', {
    file: 'engine/inbox.ts',
    from: `  await node.journal.receive(item)
  track(node, undefined, look(node, item, read))
`,
    to: `  track(node, undefined, node.journal.receive(item).then(() => look(node, item)))
`,
  }),
  ours('one-person-decides', {
    file: 'payment/case-actions.ts',
    from: `  return { action, people: 2, text }
`,
    to: `  return { action, people: 1, text }
`,
  }),
  ours('resolved-is-sent-twice', {
    file: 'engine/resolve-case.ts',
    from: `{ session, toSend: toSend(list) }`,
    to: `{ session, toSend: [...toSend(list), ...toSend(list)] }`,
  }),
  ours('line-counts-again', {
    file: 'settlement/compare.ts',
    from: `(settled) => settled.lineId === lineId)`,
    to: `(settled) => settled.lineId === lineId && settled.kind === 'fee')`,
  }),
  ours('difference-is-silent', {
    file: 'settlement/weighed.ts',
    from: `  return { events: [event] }
`,
    to: `  return { events: event.text === '' ? [event] : [] }
`,
  }),
]

export const mutationNames: readonly string[] = mutations.map((mutation) => mutation.name)

/** Makes every import of a mutated file see the mistake. Call it before anything of src is imported. */
export function applyMutation(name: string): Mutation {
  const mutation = mutations.find((candidate) => candidate.name === name)
  if (mutation === undefined)
    throw new Error(`there is no mutation '${name}'; there are ${mutationNames.join(', ')}`)
  const root = new URL('../../src/', import.meta.url)
  const mutated = new Map<string, string>()
  for (const { file, from, to } of mutation.replacements) {
    const url = new URL(file, root).href
    const source = mutated.get(url) ?? readFileSync(fileURLToPath(url), 'utf8')
    const count = source.split(from).length - 1
    if (count !== 1) throw new Error(`mutation '${name}' applies ${count} times in ${file}, not once`)
    mutated.set(
      url,
      source.replace(from, () => to),
    )
  }
  registerHooks({
    load(url, context, nextLoad) {
      const source = mutated.get(url)
      return source === undefined
        ? nextLoad(url, context)
        : { format: 'module-typescript', source, shortCircuit: true }
    },
  })
  return mutation
}
