import type { PaymentView } from 'counterfoil'
import { type Agreement, chargeReferences, type Compared, compareBooks } from '../agreement.ts'
import { moneyText } from '../money-text.ts'
import type { LedgerAnswer, LedgerOrder, SimulatorLink } from '../simulator-link.ts'
import { type Html, html } from './html.ts'
import { clock } from './words.ts'

/** The provider's ledger for a payment. A payment has one charge, or none; more than these would be a mistake. */
const REFERENCES_MAX = 5

export function askLedger(
  simulator: Pick<SimulatorLink, 'ledgerOf'>,
  payment: PaymentView,
): Promise<readonly LedgerAnswer[]> {
  const references = chargeReferences(payment).slice(0, REFERENCES_MAX)
  return Promise.all(references.map((reference) => simulator.ledgerOf(reference)))
}

/** Our journal and the provider's books beside each other, and whether they agree. */
export function books(payment: PaymentView, answers: readonly LedgerAnswer[]): Html {
  const { kind, text, sums } = compareBooks(payment, answers)
  const amount = (minor: bigint): string => moneyText(minor, payment.currency)
  return html`<div class="books">
<p class="verdict ${kind}">${SIGNS[kind]}<span>${text}</span></p>
${
  sums.length > 0 &&
  html`<table>
<thead><tr><td></td><th scope="col">Our journal</th><th scope="col">Their ledger</th><th scope="col"><span class="hidden">Comparison</span></th></tr></thead>
<tbody>${sums.map((sum) => row(sum, amount, kind))}</tbody>
</table>`
}
${answers.map((answer) => (answer.kind === 'found' ? entriesOf(answer.order) : undefined))}
${answers.some(({ kind: found }) => found === 'nothing') && html`<p class="empty">The provider has booked no money for this payment.</p>`}
</div>`
}

const SIGNS: Readonly<Record<Agreement['kind'], Html>> = {
  agree: sign('M4 10.5l4 4 8-9'),
  waiting: sign('M10 4.5v5.5l4 2.5'),
  differ: sign('M10 4v7.5M10 15v.5'),
  unknown: sign('M7 7.5q0-3 3-3t3 3q0 2-3 3.5v1.5M10 15.5v.3'),
}

function sign(path: string): Html {
  return html`<svg class="sign" viewBox="0 0 20 20" aria-hidden="true"><path d="${path}"/></svg>`
}

function row(
  { name, journalMinor, ledgerMinor }: Compared,
  amount: (minor: bigint) => string,
  kind: Agreement['kind'],
): Html {
  const differsMinor = journalMinor - ledgerMinor
  const byMinor = differsMinor < 0n ? -differsMinor : differsMinor
  return html`<tr${differsMinor !== 0n && html` class="unequal ${kind}"`}><th scope="row">${name}</th><td>${amount(journalMinor)}</td><td>${amount(ledgerMinor)}</td><td class="compared">${differsMinor === 0n ? 'agree' : `differ by ${amount(byMinor)}`}</td></tr>`
}

function entriesOf({ orderCode, currency, entries, pending, lastEvent }: LedgerOrder): Html {
  return html`<details id="ledger-${orderCode}"><summary>The provider's ledger, ${lastEvent}</summary>
<p class="reference">${orderCode}</p>
<ol class="entries">${entries.map(
    ({ atMs, kind, amountMinor }) =>
      html`<li>${clock(atMs)} ${kind} <b>${moneyText(amountMinor, currency)}</b></li>`,
  )}</ol>
${pending > 0 && html`<p class="empty">${pending} more on the way.</p>`}</details>`
}
