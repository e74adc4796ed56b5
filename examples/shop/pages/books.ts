import type { PaymentView } from 'counterfoil'
import { chargeReferences, compareBooks } from '../agreement.ts'
import { moneyText } from '../money-text.ts'
import type { LedgerAnswer, LedgerOrder, SimulatorLink } from '../simulator-link.ts'
import { type Html, html } from './html.ts'
import { clock, pill } from './words.ts'

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
  const { currency } = payment
  const amount = (minor: bigint): string => moneyText(minor, currency)
  return html`<section class="books" aria-label="Journal and ledger">
<p class="verdict">${pill(kind)} ${text}</p>
${
  sums.length > 0 &&
  html`<table>
<thead><tr><td></td><th scope="col">Our journal</th><th scope="col">Their ledger</th></tr></thead>
<tbody>${sums.map(
    ({ name, journalMinor, ledgerMinor }) =>
      html`<tr${journalMinor !== ledgerMinor && html` class="unequal"`}><th scope="row">${name}</th><td>${amount(journalMinor)}</td><td>${amount(ledgerMinor)}</td></tr>`,
  )}</tbody>
</table>`
}
${answers.map((answer) => (answer.kind === 'found' ? entriesOf(answer.order) : undefined))}
${answers.some(({ kind: found }) => found === 'nothing') && html`<p class="empty">The provider has booked no money for this payment.</p>`}
</section>`
}

function entriesOf({ orderCode, currency, entries, pending, lastEvent }: LedgerOrder): Html {
  return html`<details open><summary>The provider's ledger, ${lastEvent}</summary>
<p class="reference">${orderCode}</p>
<ol class="entries">${entries.map(
    ({ atMs, kind, amountMinor }) =>
      html`<li>${clock(atMs)} ${kind} <b>${moneyText(amountMinor, currency)}</b></li>`,
  )}</ol>
${pending > 0 && html`<p class="empty">${pending} more on the way.</p>`}</details>`
}
