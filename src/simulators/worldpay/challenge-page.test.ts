import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { runInNewContext } from 'node:vm'
import { type Simulator, startSimulator } from '../server.ts'
import { claims, jwt, send, submit } from './hosted-page.test-data.ts'
import { document, MERCHANT, order } from './samples.test-data.ts'

const SHOP_FRAME = { origin: 'http://shop.example', 'sec-fetch-site': 'cross-site' }
const RETURN_URL = 'http://shop.example/3ds?order=1'

interface Started {
  readonly orderCode: string
  readonly cookie: string
  readonly transactionId: string
  readonly acsUrl: string
  readonly payload: string
}

describe('the challenge page', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ port: 0, merchantCode: MERCHANT })
  })
  after(() => simulator.close())

  const start = async (orderCode: string): Promise<Started> => {
    const session = '<session shopperIPAddress="192.0.2.10" id="session-1"/>'
    const body = order({ orderCode, holder: '3DS_V2_CHALLENGE_IDENTIFIED' })
      .replace('</paymentDetails>', `${session}</paymentDetails>`)
      .replace('</order>', '<additional3DSData dfReferenceId="0_1"/></order>')
    const answer = await send(simulator, body)
    const reply = await answer.text()
    const textOf = (name: string): string => {
      const found = new RegExp(`<${name}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${name}>`).exec(reply)?.[1]
      return found ?? assert.fail(reply)
    }
    return {
      orderCode,
      cookie: (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '',
      transactionId: textOf('transactionId3DS'),
      acsUrl: textOf('acsURL'),
      payload: textOf('payload'),
    }
  }
  const tokenFor = ({ acsUrl, payload, transactionId }: Started, returnUrl = RETURN_URL): string =>
    jwt(
      {
        ...claims(simulator),
        ReturnUrl: returnUrl,
        ObjectifyPayload: true,
        Payload: { ACSUrl: acsUrl, Payload: payload, TransactionId: transactionId },
      },
      simulator.worldpay.state.options.jwtSecret,
    )
  const post = (fields: Record<string, string>) =>
    submit(simulator.worldpayUrls.challenge, fields, SHOP_FRAME)
  const secondLeg = ({ orderCode, cookie }: Started) =>
    send(
      simulator,
      document(
        `<submit><order orderCode="${orderCode}"><info3DSecure><completedAuthentication/></info3DSecure><session shopperIPAddress="192.0.2.10" id="session-1"/></order></submit>`,
      ),
      cookie,
    ).then((answer) => answer.text())

  it('asks in the shop’s frame, posts the payer back, and the second leg is authorised', async () => {
    const started = await start('c1')
    const fields = { JWT: tokenFor(started), MD: 'my "data" <1>' }
    const asked = await post(fields)
    assert.equal(asked.status, 200)
    assert.match(asked.headers.get('content-security-policy') ?? '', /frame-ancestors \*/)
    const question = await asked.text()
    assert.match(question, /Your bank.*GBP 19\.99.*Confirm.*Refuse.*Come back without/s)
    const hidden = /name="MD" value="([^"]*)"/.exec(question)?.[1]
    assert.equal(hidden, 'my &quot;data&quot; &lt;1&gt;')

    const answered = await post({ ...fields, answer: 'passed' })
    const page = await answered.text()
    assert.match(page, new RegExp(`action="${RegExp.escape(RETURN_URL)}"`))
    assert.match(page, new RegExp(`name="TransactionId" value="${started.transactionId}"`))
    assert.match(page, /name="Response"/)
    assert.match(page, /name="MD" value="my &quot;data&quot; &lt;1&gt;"/)
    assert.match(page, /<button>Back to the shop<\/button>/)
    const script = /<script>(.*?)<\/script>/.exec(page)?.[1] ?? ''
    const hash = createHash('sha256').update(script).digest('base64')
    assert.ok(answered.headers.get('content-security-policy')?.includes(`script-src 'sha256-${hash}'`))

    assert.match(await secondLeg(started), /<lastEvent>AUTHORISED/)
    assert.equal(simulator.worldpay.ledgerOf('c1')?.liveMinor, 1999n)
  })

  it('refuses for the payer, and takes one answer only', async () => {
    const started = await start('c2')
    const fields = { JWT: tokenFor(started) }
    assert.equal((await post({ ...fields, answer: 'failed' })).status, 200)
    assert.equal((await post({ ...fields, answer: 'passed' })).status, 409)
    assert.match(await secondLeg(started), /<lastEvent>REFUSED/)
  })

  it('lets the payer come back without doing anything', async () => {
    const started = await start('c3')
    const page = await (await post({ JWT: tokenFor(started), answer: 'none' })).text()
    assert.match(page, /document\.forms\[0\]\.submit\(\)/)
    assert.equal(simulator.worldpay.challenge(started.transactionId)?.verdict, undefined)
  })

  it('takes no token that is not the merchant’s, and sends nobody to what is no web address', async () => {
    const started = await start('c4')
    const token = tokenFor(started)
    const wrong = [
      '',
      'x.y.z',
      `${token}x`,
      jwt({ ...claims(simulator), ReturnUrl: RETURN_URL }, 'another secret that is as long as it must be'),
    ]
    for (const JWT of wrong) assert.equal((await post({ JWT })).status, 400, JWT)
    const script = await post({ JWT: tokenFor(started, 'javascript:alert(1)'), answer: 'none' })
    assert.equal(script.status, 400)
    assert.equal((await fetch(simulator.worldpayUrls.challenge)).status, 405)
    assert.equal((await fetch(started.acsUrl)).status, 200)
  })
})

describe('the device data page', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ port: 0, merchantCode: MERCHANT })
  })
  after(() => simulator.close())
  const post = (fields: Record<string, string>) =>
    submit(simulator.worldpayUrls.deviceData, fields, SHOP_FRAME)

  it('tells the page that has it in a frame its session, by the one script that its policy allows', async () => {
    assert.match(simulator.worldpayUrls.deviceData, /\/worldpay\/shopper\/3ds\/ddc\.html$/)
    const JWT = jwt(claims(simulator), simulator.worldpay.state.options.jwtSecret)
    const answer = await post({ JWT, Bin: '444433' })
    assert.equal(answer.status, 200)
    const page = await answer.text()
    const script = /<script>(.*?)<\/script>/.exec(page)?.[1] ?? ''
    const session = /<output>(0_[\w-]+)<\/output>/.exec(page)?.[1]
    assert.ok(session !== undefined, page)
    // Run as the browser does it.
    let told = ''
    const parent = { postMessage: (text: string, to: string) => (told = `${to} ${text}`) }
    const surroundings = { window: { parent }, document: { querySelector: () => ({ value: session }) } }
    runInNewContext(script, surroundings)
    assert.deepEqual(told, `* {"MessageType":"profile.completed","SessionId":"${session}","Status":true}`)
    const policy = answer.headers.get('content-security-policy') ?? ''
    assert.ok(policy.includes(`'sha256-${createHash('sha256').update(script).digest('base64')}'`))
    assert.match(policy, /frame-ancestors \*/)
  })

  it('refuses a token that is not the merchant’s, and what is no card’s beginning', async () => {
    const JWT = jwt(claims(simulator), simulator.worldpay.state.options.jwtSecret)
    for (const fields of [
      { JWT: 'x', Bin: '444433' },
      { JWT, Bin: '4444' },
      { JWT, Bin: '<b>444433' },
    ]) {
      const answer = await post(fields)
      assert.equal(answer.status, 400)
      assert.doesNotMatch(await answer.text(), /<script|<b>444/)
    }
  })
})
