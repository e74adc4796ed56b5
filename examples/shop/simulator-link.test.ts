import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startSimulator } from 'counterfoil/simulators'
import { ACCOUNT } from './payments.ts'
import { simulatorLink } from './simulator-link.ts'

const ORDER = `<?xml version="1.0"?><!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd"><paymentService version="1.4" merchantCode="${ACCOUNT.merchantCode}"><submit><order orderCode="ref-1"><description>Order</description><amount value="1999" currencyCode="GBP" exponent="2"/><paymentDetails><CARD-SSL><cardNumber>4444333322221111</cardNumber><expiryDate><date month="12" year="2040"/></expiryDate><cardHolderName>Jane Doe</cardHolderName></CARD-SSL></paymentDetails></order></submit></paymentService>`

test('the ledger of the real simulator is read to the penny, and faults are armed and cleared', async (t) => {
  const simulator = await startSimulator({ port: 0, ...ACCOUNT })
  t.after(() => simulator.close())
  const link = simulatorLink(simulator.worldpayUrls.page.replace(/\/$/, ''))
  assert.deepEqual(await link.ledgerOf('ref-1'), { kind: 'nothing' })
  const credentials = Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString('base64')
  const headers = { authorization: `Basic ${credentials}`, 'content-type': 'text/xml' }
  await (await fetch(simulator.worldpayUrls.paymentService, { method: 'POST', headers, body: ORDER })).text()
  const answer = await link.ledgerOf('ref-1')
  assert.equal(answer.kind, 'found')
  if (answer.kind !== 'found') return
  const { orderCode, currency, executions, authorisedMinor, capturedMinor, entries } = answer.order
  assert.deepEqual(
    { orderCode, currency, executions, authorisedMinor, capturedMinor },
    { orderCode: 'ref-1', currency: 'GBP', executions: 1, authorisedMinor: 1_999n, capturedMinor: 0n },
  )
  assert.deepEqual(
    entries.map(({ kind, amountMinor }) => [kind, amountMinor]),
    [['authorised', 1_999n]],
  )
  await link.addFault({ kind: 'hang', on: 'charge' })
  assert.deepEqual(await link.faults(), ['hang on charge'])
  await assert.rejects(link.addFault({ kind: 'nonsense' }), /the simulator answered 400/)
  await link.clearFaults()
  assert.deepEqual(await link.faults(), [])
})

test('a simulator that is away is said to be away', async () => {
  const link = simulatorLink('http://127.0.0.1:1/worldpay')
  assert.equal((await link.ledgerOf('ref-1')).kind, 'unavailable')
  assert.equal(await link.faults(), undefined)
})
