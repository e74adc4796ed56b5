import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { audit, type Books } from '../../demo/audit.ts'
import { finding, Story } from '../../src/payment/story.test-data.ts'
import { booked, EMAIL, goodBooks, ORDER_ID, unpaidBooks } from './books.test-data.ts'

/** What the audit says of books in which something was changed. */
const found = (books: Books): readonly string[] =>
  audit(books).differences.map(({ what, expected, found }) => `${what}: ${expected}, ${found}`)

const [payment] = goodBooks().payments
assert.ok(payment !== undefined)

describe('the audit of the demo', () => {
  it('has nothing to say of books that agree, of a paid order and of one that was declined', () => {
    for (const books of [goodBooks(), unpaidBooks()]) {
      assert.deepEqual(audit(books), { doubleCharges: [], differences: [] })
    }
  })

  it('finds a second charge of the same order, whatever the journal says of it', () => {
    const second = {
      ...payment,
      paymentId: 'p2',
      operations: payment.operations.map((charge) => ({ ...charge, reference: 'r2' })),
    }
    const books = goodBooks()
    const { doubleCharges } = audit({
      ...books,
      payments: [payment, second],
      ledger: [...books.ledger, booked(second)],
    })
    assert.deepEqual(doubleCharges, [ORDER_ID])
  })

  it('finds a reference that was executed twice, which is a double charge as well', () => {
    const twice = {
      executions: 2,
      liveExecutions: 2,
      liveMinor: '3998',
      authorisedMinor: '3998',
      capturedMinor: '3998',
    }
    const entries = [{ kind: 'authorised' }, { kind: 'authorised' }]
    const books = { ...goodBooks(), ledger: [booked(payment, { ...twice, entries })] }
    assert.deepEqual(audit(books).doubleCharges, [ORDER_ID])
    assert.ok(found(books).some((what) => what.startsWith('a reference was executed more than once')))
  })

  it("does not take a card that was refused on the provider's page before for a second charge", () => {
    const tried = booked(payment, { executions: 2, entries: [{ kind: 'refused' }, { kind: 'authorised' }] })
    assert.deepEqual(audit({ ...goodBooks(), ledger: [tried] }), { doubleCharges: [], differences: [] })
  })

  it('finds a charge at the provider that nobody has written down', () => {
    const books = goodBooks()
    const stranger = { ...booked(payment), orderCode: 'nobody-knows-it' }
    assert.deepEqual(found({ ...books, ledger: [...books.ledger, stranger] }), [
      'the provider has an order that the journal does not know: nothing, nobody-knows-it with 1999',
    ])
  })

  it('finds a charge that is missing at the provider, and one of another amount', () => {
    assert.deepEqual(found({ ...goodBooks(), ledger: [] }), [
      'money that stands, journal and ledger: 1999, 0',
      'captured, journal and ledger: 1999, 0',
      'money that stands, shop and ledger: 1999, 0',
    ])
    const less = booked(payment, { liveMinor: '1998', capturedMinor: '1998' })
    assert.equal(found({ ...goodBooks(), ledger: [less] }).length, 3)
  })

  it('finds money that stands for a payment that was declined', () => {
    const { payments, ...rest } = unpaidBooks()
    const [declined] = payments
    assert.ok(declined !== undefined)
    assert.deepEqual(found({ ...rest, payments, ledger: [booked(declined)] }), [
      'money that stands, journal and ledger: 0, 1999',
      'captured, journal and ledger: 0, 1999',
      'money that stands, shop and ledger: 0, 1999',
    ])
  })

  it('finds a shop that says paid for an order that is not, and the other way', () => {
    const [order] = goodBooks().orders
    assert.ok(order !== undefined)
    assert.deepEqual(found({ ...goodBooks(), orders: [{ ...order, status: 'open' }] }), [
      'money that stands, shop and ledger: 0, 1999',
      'paid, journal and shop: paid, not paid',
    ])
    assert.deepEqual(found({ ...unpaidBooks(), orders: [order] }), [
      'money that stands, shop and ledger: 1999, 0',
      'paid, journal and shop: not paid, paid',
    ])
  })

  it('finds a mail that is missing, one too many, and one that should not be', () => {
    assert.deepEqual(found({ ...goodBooks(), mailsTo: [] }), ['order mails: 1, 0'])
    assert.deepEqual(found({ ...goodBooks(), mailsTo: [EMAIL, EMAIL] }), ['order mails: 1, 2'])
    assert.deepEqual(found({ ...unpaidBooks(), mailsTo: [EMAIL] }), ['order mails: 0, 1'])
  })

  it('finds goods that are missing, left over, or set aside for nobody', () => {
    const shelf = { sku: 'teapot', before: 10, after: 8, reserved: 0 }
    assert.deepEqual(found({ ...goodBooks(), shelves: [{ ...shelf, after: 6 }] }), [
      'teapot on the shelf: 8, 6',
    ])
    assert.deepEqual(found({ ...goodBooks(), shelves: [{ ...shelf, after: 10 }] }), [
      'teapot on the shelf: 8, 10',
    ])
    assert.deepEqual(found({ ...goodBooks(), shelves: [{ ...shelf, reserved: 2 }] }), [
      'teapot set aside: 0, 2',
    ])
  })

  it('finds a payer who was told something else', () => {
    assert.deepEqual(found({ ...goodBooks(), shown: new Map([[ORDER_ID, 'unpaid']]) }), [
      'what the payer was told: paid, unpaid',
    ])
  })

  it('finds a payment that is neither at its end nor a case, and lets a case claim nothing', () => {
    const story = new Story()
    const doubt = finding('unclear', 'transport', story.nowMs)
    story.conclude(story.charge.reference, doubt)
    const books = {
      ...unpaidBooks(),
      payments: [story.payment],
      ledger: [],
      shown: new Map<string, 'paid' | 'unpaid'>(),
    }
    assert.deepEqual(found(books), ['neither at its end nor a case: an end, sale intended'])
    const cases = [{ caseId: 'c', reason: 'doubt-unresolved', reference: undefined, text: '', atMs: 0 }]
    assert.deepEqual(
      found({ ...books, payments: [{ ...story.payment, cases }], ledger: [booked(story.payment)] }),
      [],
    )
  })
})
