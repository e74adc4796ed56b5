import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { handle, PAYMENT_SERVICE_PATH } from './core.ts'
import { ledgerOf } from './ledger.ts'
import { amount, basic, Bench, document, inquiry, modification, order, samples } from './samples.test-data.ts'
import { parseXml, type XmlElement } from './xml.ts'

describe('credentials', () => {
  const ask = (headers: Record<string, string>) => {
    const bench = new Bench()
    return handle(
      { method: 'POST', path: PAYMENT_SERVICE_PATH, headers, body: order() },
      bench.state,
      bench.nowMs,
    )
  }
  it('takes the XML username and, in the old style, the merchant code', () => {
    for (const name of ['counterfoil-xml', 'SHOPECOM']) {
      assert.equal(ask({ authorization: basic(name, 'counterfoil-password') }).response.status, 200)
    }
  })
  it('answers 401 with an HTML page to anything else, and executes nothing', () => {
    for (const authorization of [
      '',
      'Bearer x',
      basic('counterfoil-xml', 'wrong'),
      basic('x', 'counterfoil-password'),
    ]) {
      const { response, changed } = ask({ authorization })
      assert.equal(response.status, 401)
      assert.match(response.headers['content-type'] ?? '', /text\/html/)
      assert.match(response.body, /<html>/)
      assert.match(response.headers['www-authenticate'] ?? '', /^Basic /)
      assert.equal(changed, undefined)
    }
  })
  it('answers error 4 to another merchant code, and to none', () => {
    const bench = new Bench()
    assert.equal(bench.error(order().replace('SHOPECOM', 'OTHER')), '4 Security violation')
    assert.equal(bench.error(order().replace(' merchantCode="SHOPECOM"', '')), '4 Security violation')
    assert.equal(bench.state.orderCount, 0)
  })
  it('knows one path and one method', () => {
    const { state, nowMs } = new Bench()
    const headers = { authorization: basic('SHOPECOM', 'counterfoil-password') }
    assert.equal(
      handle({ method: 'POST', path: '/other', headers, body: '' }, state, nowMs).response.status,
      404,
    )
    assert.equal(
      handle({ method: 'GET', path: `/worldpay${PAYMENT_SERVICE_PATH}`, headers, body: '' }, state, nowMs)
        .response.status,
      405,
    )
  })
})

describe('the document', () => {
  it('is taken as the sample messages stand', () => {
    const bench = new Bench()
    assert.equal(bench.error(samples.authorise), undefined)
    assert.equal(bench.error(samples.inquiry), undefined)
    assert.match(
      bench.send(samples.capture),
      /<ok><captureReceived orderCode="ord-1001-a1"><amount value="1999"/,
    )
    bench.pass(3_000)
    assert.match(
      bench.send(samples.refund),
      /<ok><refundReceived orderCode="ord-1001-a1"><amount value="500"/,
    )
    const other = new Bench()
    other.send(samples.authorise)
    assert.match(other.send(samples.cancel), /<ok><cancelReceived orderCode="ord-1001-a1"\/><\/ok>/)
  })

  it('is refused with code 2 when any two neighbours of different names are swapped', () => {
    let swaps = 0
    for (const sample of Object.values(samples)) {
      const parsed = parseXml(sample)
      assert.ok('root' in parsed)
      for (const [element, index] of neighbours(parsed.root)) {
        swap(element.children, index)
        const bench = new Bench()
        const body = serialise(parsed.root)
        assert.match(bench.error(body) ?? 'accepted', /^2 The content of element type/, body)
        assert.equal(bench.state.orderCount, 0)
        swap(element.children, index)
        swaps++
      }
    }
    assert.equal(swaps, 23)
  })

  it('is refused with code 2 for each thing that the DTD does not allow', () => {
    const wrong: Record<string, RegExp> = {
      'not xml': /^2 /,
      [order().replace('</order>', '')]: /^2 /,
      [order().replace('An order', '&unknown;')]: /^2 /,
      [order().replace('<description>', '<mystery/><description>')]: /^2 The content of element type "order"/,
      [order().replaceAll('CARD-SSL', 'MYSTERY-SSL')]: /^2 The content of element type "paymentDetails"/,
      [order().replace('<submit>', '<submit>text')]: /^2 The content of element type "submit"/,
      [order().replace(' exponent="2"', '')]: /^2 Attribute "exponent" is required/,
      [order({ exponent: '1' })]: /^2 Attribute "exponent" must have a value from the list "0 2 3 "/,
      [order().replace('<order ', '<order colour="red" ')]: /^2 Attribute "colour" must be declared/,
      [order({ month: '' })]: /^2 Attribute value of "month" of type NMTOKEN/,
      [order().replace('version="1.4"', 'version="2"')]: /^2 Attribute "version"/,
      [modification('<cancel>x</cancel>')]: /^2 The content of element type "cancel"/,
      [modification('<capture/>')]: /^2 The content of element type "capture"/,
      [modification(`<refund>${amount(1)}</refund><cancel/>`)]:
        /^2 The content of element type "orderModification"/,
      [order().replace('<description>An order</description>', '')]: /^2 The content of element type "order"/,
      [order().replace('paymentService_v1.dtd">', 'paymentService_v1.dtd" [<!ENTITY a "b">]>')]:
        /^2 The DOCTYPE/,
      [order().replace('http://dtd.worldpay.com/', 'http://elsewhere.example/')]: /^2 The DOCTYPE/,
    }
    for (const [body, text] of Object.entries(wrong))
      assert.match(new Bench().error(body) ?? 'accepted', text, body)
  })

  it('never repeats a card number that stands in the wrong place', () => {
    const answer = new Bench().send(order({ month: '4444333322221111 x' }))
    assert.doesNotMatch(answer, /4444333322221111/)
    assert.doesNotMatch(new Bench().send(order({ holder: '4444 3333 2222 1111' })), /3333/)
  })

  it('may carry the optional parts that other clients send', () => {
    const after =
      '<shopper><shopperEmailAddress>a@example.com</shopperEmailAddress><authenticatedShopperID>7</authenticatedShopperID><browser deviceType="0"><acceptHeader>*/*</acceptHeader><userAgentHeader>x</userAgentHeader><httpAcceptLanguage>en</httpAcceptLanguage><timeZone>0</timeZone><browserLanguage>en</browserLanguage><browserJavaEnabled>false</browserJavaEnabled><browserColourDepth>24</browserColourDepth></browser></shopper><shippingAddress><address><firstName>A</firstName><street>S</street><houseNumber>1</houseNumber><postalCode>N1</postalCode><countryCode>GB</countryCode></address></shippingAddress><billingAddress><address><postalCode>N1</postalCode><countryCode>GB</countryCode></address></billingAddress><branchSpecificExtension><purchase><item/></purchase></branchSpecificExtension><statementNarrative>SHOP</statementNarrative><hcgAdditionalData><param name="x">y</param></hcgAdditionalData><dynamicMCC>5045</dynamicMCC><dynamicInteractionType type="MOTO"/><riskData/><exemption type="LV" placement="AUTHORISATION"/>'
    assert.equal(new Bench().error(order({ after })), undefined)
    const stored = order().replace(
      '</paymentDetails>',
      '<storedCredentials usage="USED" merchantInitiatedReason="RECURRING"><schemeTransactionIdentifier>1</schemeTransactionIdentifier></storedCredentials><session id="s"/><info3DSecure><threeDSVersion>2.1.0</threeDSVersion><dsTransactionId>d</dsTransactionId><cavv>c</cavv><eci>05</eci></info3DSecure></paymentDetails>',
    )
    assert.equal(new Bench().error(stored), undefined)
    for (const card of ['VISA-SSL', 'ECMC-SSL', 'AMEX-SSL', 'MAESTRO-SSL']) {
      assert.equal(new Bench().error(order({ card })), undefined)
    }
  })

  it('can be without a DOCTYPE, unless the account is as strict as a validating parser', () => {
    const bare = order().replace(/<!DOCTYPE[^>]*>/, '')
    assert.equal(new Bench().error(bare), undefined)
    assert.equal(new Bench({ requireDoctype: true }).error(bare), '2 Document is invalid: no grammar found.')
    assert.equal(new Bench({ requireDoctype: true }).error(order()), undefined)
  })

  it('is bounded in length, depth and number of elements', () => {
    for (const body of ['x'.repeat(200_001), '<a>'.repeat(30), `<a>${'<b/>'.repeat(2_000)}</a>`]) {
      assert.match(new Bench().error(body) ?? '', /^2 .*(too long|too deeply|too many)/)
    }
  })

  it('gets a clear error for what is not simulated', () => {
    const bench = new Bench()
    const payAsOrder = order().replace(/<paymentDetails>.*<\/paymentDetails>/, '<payAsOrder orderCode="x"/>')
    assert.match(bench.error(payAsOrder) ?? '', /^5 payAsOrder is not simulated/)
    const token = order().replace(
      /<CARD-SSL>.*<\/CARD-SSL>/,
      '<TOKEN-SSL><paymentTokenID>1</paymentTokenID></TOKEN-SSL>',
    )
    assert.match(bench.error(token) ?? '', /^5 TOKEN-SSL is not simulated/)
    assert.match(bench.error(modification('<revoke/>')) ?? '', /^5 revoke is not simulated/)
    assert.match(
      bench.error(document('<inquiry><priceInquiry/></inquiry>')) ?? '',
      /^5 priceInquiry is not simulated/,
    )
    assert.match(bench.error(document('<reply/>')) ?? '', /^5 A merchant may send/)
  })
})

describe('an authorization', () => {
  it('is answered in the form of the gateway, with the card number masked', () => {
    assert.equal(
      new Bench().send(samples.authorise).split('\n').at(-1),
      '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-1001-a1"><payment><paymentMethod>VISA_CREDIT-SSL</paymentMethod><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/><lastEvent>AUTHORISED</lastEvent><AuthorisationId id="622207"/><CVCResultCode description="A"/><AVSResultCode description="A"/><cardHolderName><![CDATA[Jane Doe]]></cardHolderName><issuerCountryCode>GB</issuerCountryCode><balance accountType="IN_PROCESS_AUTHORISED"><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/></balance><cardNumber>4444********1111</cardNumber><riskScore value="0"/></payment></orderStatus></reply></paymentService>',
    )
  })

  it('follows the magic values of cardHolderName', () => {
    const expected: Record<string, [event: string, code: string | undefined, live: bigint]> = {
      AUTHORISED: ['AUTHORISED', undefined, 1999n],
      'Anybody Else': ['AUTHORISED', undefined, 1999n],
      REFUSED: ['REFUSED', '5', 0n],
      REFUSED51: ['REFUSED', '51', 0n],
      REFUSED4: ['REFUSED', '4', 0n],
      REFUSED65: ['REFUSED', '65', 0n],
      REFERRED: ['REFUSED', '2', 0n],
      FRAUD: ['REFUSED', '34', 0n],
      ERROR: ['ERROR', undefined, 0n],
      ACQERROR: ['ERROR', '20', 0n],
      SOFT_DECLINE: ['REFUSED', '65', 0n],
      // Without 3-D Secure asked for, these are names as any other.
      '3D': ['AUTHORISED', undefined, 1999n],
      '3DS_V2_CHALLENGE_IDENTIFIED': ['AUTHORISED', undefined, 1999n],
      '3DS_V2_FRICTIONLESS_NOT_IDENTIFIED': ['AUTHORISED', undefined, 1999n],
    }
    for (const [holder, [event, code, live]] of Object.entries(expected)) {
      const bench = new Bench()
      const answer = bench.send(order({ holder }))
      assert.match(answer, new RegExp(`<lastEvent>${event}</lastEvent>`), holder)
      assert.equal(/<ISO8583ReturnCode code="(\d+)" description="[A-Z ,]+"/.exec(answer)?.[1], code, holder)
      assert.equal(ledgerOf(bench.state, 'o1', bench.nowMs)?.liveMinor, live, holder)
      assert.equal(bench.lastEvent(), event)
    }
  })

  it('follows the magic values of the security code', () => {
    const results = { '555': 'A', '444': 'D', '111': 'C', '123': 'C', '': 'B' }
    for (const [cvc, letter] of Object.entries(results)) {
      assert.match(new Bench().send(order({ cvc })), new RegExp(`<CVCResultCode description="${letter}"/>`))
    }
    assert.match(
      new Bench().send(order({ cvc: null })),
      /<CVCResultCode description="B"\/><AVSResultCode description="H"\/>/,
    )
  })

  it('takes every test card and names its scheme', () => {
    const methods: Record<string, string> = {
      '4444333322221111': 'VISA_CREDIT-SSL',
      '4911830000000': 'VISA_CREDIT-SSL',
      '4917610000000000': 'VISA_CREDIT-SSL',
      '4462030000000000': 'VISA_DEBIT-SSL',
      '5555555555554444': 'ECMC_CREDIT-SSL',
      '5454545454545454': 'ECMC_CREDIT-SSL',
      '2221000000000009': 'ECMC_CREDIT-SSL',
      '5163613613613613': 'ECMC_DEBIT-SSL',
      '343434343434343': 'AMEX-SSL',
      '36700102000000': 'DINERS-SSL',
      '6011000400000000': 'DISCOVER-SSL',
      '3528000700000000': 'JCB-SSL',
      '6759649826438453': 'MAESTRO-SSL',
    }
    for (const [number, method] of Object.entries(methods)) {
      const answer = new Bench().send(order({ number }))
      assert.match(answer, new RegExp(`<paymentMethod>${method}<`), `${number} ${answer}`)
      assert.ok(!answer.includes(number))
    }
  })

  it('is refused as an error for details that cannot be right, and the order code stays free', () => {
    const bench = new Bench()
    assert.equal(
      bench.error(order({ number: '4444333322221112' })),
      '7 Invalid payment details : Card number : 4444********1112',
    )
    assert.match(
      bench.error(order({ number: '9999333322221111' })) ?? '',
      /^5 XML failed validation: .* Card number not recognised: 9999\*{8}1111$/,
    )
    assert.equal(
      bench.error(order({ month: '10', year: '2019' })),
      '7 Invalid payment details : Expiry date = 10/2019',
    )
    assert.equal(
      bench.error(order({ month: '01', year: '2027' })),
      '7 Invalid payment details : Expiry date = 01/2027',
    )
    assert.match(bench.error(order({ month: '13' })) ?? '', /^7 /)
    assert.match(bench.error(order({ cvc: '12345' })) ?? '', /^7 /)
    for (const value of ['0', '-5', '1.5', '12345678901'])
      assert.match(bench.error(order({ value })) ?? '', /^3 /, value)
    assert.match(bench.error(order({ exponent: '3' })) ?? '', /^3 /)
    assert.match(bench.error(order({ currency: 'JPY' })) ?? '', /^3 /)
    assert.match(bench.error(order({ currency: 'XXX' })) ?? '', /^5 Invalid currency/)
    assert.match(bench.error(order({ captureDelay: 'soon' })) ?? '', /^5 Invalid capture delay/)
    assert.match(bench.error(order({ orderCode: 'a b' })) ?? '', /^5 Invalid order code/)
    assert.equal(bench.error(order({ month: '2', year: '2027' })), undefined)
    assert.equal(new Bench().error(order({ currency: 'JPY', exponent: '0' })), undefined)
    assert.equal(new Bench().error(order({ currency: 'BHD', exponent: '3' })), undefined)
  })

  it('happens once per order code, after a refusal too', () => {
    const bench = new Bench()
    bench.send(order())
    bench.send(order({ orderCode: 'o2', holder: 'REFUSED' }))
    const answer = bench.send(order({ value: '5' }))
    assert.match(answer, /<reply><error code="5"><!\[CDATA\[Duplicate Order\]\]><\/error><\/reply>/)
    assert.equal(bench.error(order({ orderCode: 'o2' })), '5 Duplicate Order')
    assert.equal(ledgerOf(bench.state, 'o1', bench.nowMs)?.executions, 1)
  })

  it('happens again when the PSP makes the mistake of not deduplicating', () => {
    const bench = new Bench({ dedup: false })
    bench.send(order())
    assert.equal(bench.error(order()), undefined)
    const truth = ledgerOf(bench.state, 'o1', bench.nowMs)
    assert.equal(truth?.executions, 2)
    assert.equal(truth?.liveExecutions, 2)
    assert.equal(truth?.liveMinor, 3998n)
    bench.send(modification('<cancel/>'))
    bench.pass(3_000)
    assert.equal(ledgerOf(bench.state, 'o1', bench.nowMs)?.liveMinor, 1999n)
  })
})

describe('an inquiry', () => {
  it('tells date and balances, and "Could not find payment" for what it does not know', () => {
    const bench = new Bench()
    bench.send(order())
    assert.match(
      bench.send(inquiry()),
      /<lastEvent>AUTHORISED<.*IN_PROCESS_AUTHORISED.*<\/payment><date dayOfMonth="1" month="2" year="2027" hour="0"/,
    )
    assert.match(
      bench.send(inquiry('none')),
      /<orderStatus orderCode="none"><error code="5"><!\[CDATA\[Could not find payment for order\]\]><\/error><\/orderStatus>/,
    )
    assert.equal(bench.error(inquiry('__proto__')), '5 Could not find payment for order')
    assert.equal(bench.error(inquiry('constructor')), '5 Could not find payment for order')
  })
})

/** Every element with the index of a child whose next sibling has another name. */
function* neighbours(element: XmlElement): Generator<[XmlElement, number]> {
  for (let index = 0; index + 1 < element.children.length; index++) {
    if (element.children[index]?.name !== element.children[index + 1]?.name) yield [element, index]
  }
  for (const child of element.children) yield* neighbours(child)
}

function swap(children: XmlElement[], index: number): void {
  const [left, right] = children.slice(index, index + 2)
  if (left !== undefined && right !== undefined) children.splice(index, 2, right, left)
}

function serialise(element: XmlElement): string {
  const attributes = Object.entries(element.attributes).map(([name, value]) => ` ${name}="${value}"`)
  return `<${element.name}${attributes.join('')}>${element.text}${element.children.map(serialise).join('')}</${element.name}>`
}
