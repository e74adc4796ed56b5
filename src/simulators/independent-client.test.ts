import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Simulator, startSimulator } from './server.ts'

/**
 * A client as somebody else would write it from docs/reference/simulators.md alone: fetch, strings, nothing of ours.
 * Only the address is handed in, since the port differs.
 */
describe('a Worldpay client that knows only the page about the simulators', () => {
  let simulator: Simulator
  let base: string
  before(async () => {
    simulator = await startSimulator({ port: 0 })
    base = simulator.url
    await fetch(`${base}/worldpay/control/options`, { method: 'POST', body: '{"timeScale": 100}' })
  })
  after(() => simulator.close())

  async function send(message: string): Promise<string> {
    const reply = await fetch(`${base}/worldpay/jsp/merchant/xml/paymentService.jsp`, {
      method: 'POST',
      headers: {
        'Content-Type': 'text/xml',
        Authorization: `Basic ${btoa('counterfoil-xml:counterfoil-password')}`,
      },
      body: `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd">
<paymentService version="1.4" merchantCode="COUNTERFOIL">
  ${message}
</paymentService>`,
    })
    assert.equal(reply.status, 200)
    return reply.text()
  }
  const pay = (orderCode: string, holder = 'A Payer', delay = 'OFF') =>
    send(`<submit>
      <order orderCode="${orderCode}" captureDelay="${delay}">
        <description>Two books</description>
        <amount value="2500" currencyCode="EUR" exponent="2"/>
        <paymentDetails>
          <VISA-SSL>
            <cardNumber>4444333322221111</cardNumber>
            <expiryDate><date month="01" year="${new Date().getUTCFullYear() + 2}"/></expiryDate>
            <cardHolderName>${holder}</cardHolderName>
            <cvc>555</cvc>
          </VISA-SSL>
          <session shopperIPAddress="192.0.2.4" id="s-${orderCode}"/>
        </paymentDetails>
        <shopper><shopperEmailAddress>payer@example.com</shopperEmailAddress></shopper>
      </order>
    </submit>`)
  const modify = (orderCode: string, what: string) =>
    send(`<modify><orderModification orderCode="${orderCode}">${what}</orderModification></modify>`)
  const inquire = (orderCode: string) => send(`<inquiry><orderInquiry orderCode="${orderCode}"/></inquiry>`)
  const euros = (cents: number) => `<amount value="${cents}" currencyCode="EUR" exponent="2"/>`
  const lastEvent = (xml: string) => /<lastEvent>([A-Z_]+)<\/lastEvent>/.exec(xml)?.[1]
  const error = (xml: string) => {
    const found = /<error code="(\d+)"><!\[CDATA\[(.*?)\]\]><\/error>/.exec(xml)
    return found === null ? undefined : { code: found[1], text: found[2] }
  }
  async function becomes(orderCode: string, event: string): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      if (lastEvent(await inquire(orderCode)) === event) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.fail(`${orderCode} did not become ${event}`)
  }

  it('authorizes, captures and refunds, each seen by inquiry and in the ledger', async () => {
    const answer = await pay('book-1')
    assert.equal(lastEvent(answer), 'AUTHORISED')
    assert.match(answer, /<cardNumber>4444\*{8}1111<\/cardNumber>/)
    assert.match(
      await modify('book-1', `<capture>${euros(2500)}</capture>`),
      /<ok><captureReceived orderCode="book-1">/,
    )
    await becomes('book-1', 'CAPTURED')
    assert.match(
      await modify('book-1', `<refund reference="r1">${euros(1000)}</refund>`),
      /<ok><refundReceived/,
    )
    await becomes('book-1', 'REFUNDED')
    const ledger = (await (await fetch(`${base}/worldpay/control/ledger/book-1`)).json()) as Record<
      string,
      unknown
    >
    assert.equal(ledger['capturedMinor'], '2500')
    assert.equal(ledger['refundedMinor'], '1000')
    assert.equal(ledger['liveMinor'], '1500')
    assert.equal(ledger['executions'], 1)
  })
  it('sells in one message', async () => {
    assert.equal(lastEvent(await pay('book-2', 'A Payer', '0')), 'AUTHORISED')
    await becomes('book-2', 'CAPTURED')
  })
  it('cancels', async () => {
    await pay('book-3')
    assert.match(await modify('book-3', '<cancel/>'), /<ok><cancelReceived orderCode="book-3"\/>/)
    await becomes('book-3', 'CANCELLED')
  })
  it('is refused', async () => {
    const answer = await pay('book-4', 'REFUSED51')
    assert.equal(lastEvent(answer), 'REFUSED')
    assert.match(answer, /<ISO8583ReturnCode code="51" description="LIMIT EXCEEDED"\/>/)
  })
  it('is told of a duplicate, and of orders that nobody knows', async () => {
    await pay('book-5')
    assert.deepEqual(error(await pay('book-5')), { code: '5', text: 'Duplicate Order' })
    assert.deepEqual(error(await inquire('book-99')), { code: '5', text: 'Could not find payment for order' })
  })
})
