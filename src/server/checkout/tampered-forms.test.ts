import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Browser, hiddenIn, type Stage, stage, visa } from '../fake-counterfoil.test.ts'

const PAGE = { method: 'GET', url: 'https://psp.example/pay', fields: {}, framed: false } as const

/** Every field that names something of the server's own, with what somebody would like it to be. */
const WISHES = {
  amount: '0.01',
  amountMinor: '1',
  currency: 'JPY',
  orderId: 'A-2',
  order: 'A-2',
  orderVersion: 'x',
  reference: 'the-reference-of-another',
  paymentId: 'pay-9',
  module: 'other',
  status: 'paid',
  state: 'approved',
  settled: 'true',
  payerIp: '192.0.2.1',
  waitMs: '0',
  ['__proto__']: 'x',
  constructor: 'x',
} as const

/** A form of ours, opened by its payer, and sent as it stands or not. */
interface OpenForm extends AsyncDisposable {
  readonly s: Stage
  readonly url: string
  readonly hidden: { readonly key: string; readonly token: string }
  send(url: string, fields: Readonly<Record<string, string>>): ReturnType<Browser['post']>
  /** What the engine was asked for by it. */
  asked(): unknown[]
}

const forms: Readonly<Record<string, () => Promise<OpenForm>>> = {
  'the card form': async () => {
    const s = await stage({ modules: ['card', 'other', 'hosted'] })
    const payer = s.browser()
    const { url, hidden } = await payer.openForm(s)
    const send = (to: string, fields: object) => payer.post(to, { ...visa, ...fields })
    return { s, url, hidden, send, asked: () => s.cf.requests, [Symbol.asyncDispose]: () => end(s) }
  },
  'the button that leads to the provider': async () => {
    const s = await stage({ modules: ['hosted', 'card'] })
    s.cf.onPay = (id) => s.cf.sendTo(id, PAGE)
    const payer = s.browser()
    const order = s.server.checkoutUrl('A-1')
    const hidden = hiddenIn((await payer.get(order)).body)
    const send = (to: string, fields: object) => payer.post(to, { ...fields })
    const url = `${order}/pay/hosted`
    return { s, url, hidden, send, asked: () => s.cf.requests, [Symbol.asyncDispose]: () => end(s) }
  },
  'the button for another way to pay': async () => {
    const s = await stage({ modules: ['hosted', 'card'] })
    s.cf.onPay = (id) => s.cf.sendTo(id, PAGE, Date.UTC(2099, 0, 31))
    const payer = s.browser()
    await payer.begin(s)
    const url = s.cf.payments.get('pay-1')?.statusUrl ?? ''
    const hidden = hiddenIn((await payer.get(url)).body)
    const send = (to: string, fields: object) => payer.post(to, { ...fields })
    const to = `${url}/another-way`
    return { s, url: to, hidden, send, asked: () => s.cf.changes, [Symbol.asyncDispose]: () => end(s) }
  },
}

const end = async (s: Stage): Promise<void> => s[Symbol.asyncDispose]()

/** The text with one character after the other changed into another of its alphabet. */
function* changedAnywhere(text: string): Generator<string> {
  for (const [at, character] of text.split('').entries()) {
    if (!/[A-Za-z0-9]/.test(character)) continue
    yield `${text.slice(0, at)}${character === '1' ? '2' : '1'}${text.slice(at + 1)}`
  }
}

for (const [name, open] of Object.entries(forms)) {
  describe(`${name}, changed on its way`, () => {
    it('is refused with any one character of its key or token changed, and asks for nothing', async () => {
      await using form = await open()
      const before = structuredClone([...form.s.cf.payments.values()])
      for (const field of ['key', 'token'] as const) {
        for (const value of changedAnywhere(form.hidden[field])) {
          const { status } = await form.send(form.url, { ...form.hidden, [field]: value })
          assert.equal(status, 403, `${field}=${value}`)
        }
      }
      assert.deepEqual(form.asked(), [])
      assert.deepEqual([...form.s.cf.payments.values()], before)
    })

    it('leads nowhere with any one character of its link changed: always the same 404', async () => {
      await using form = await open()
      const { origin, pathname } = new URL(form.url)
      const [, place = '', link = '', rest = ''] =
        /^(\/pay\/(?:orders|payments)\/)([^/]+)(\/.*)$/.exec(pathname) ?? []
      const nothing = (await form.s.browser().get(`${form.s.url}/nothing`)).body
      for (const changed of changedAnywhere(link)) {
        const { status, body } = await form.send(`${origin}${place}${changed}${rest}`, form.hidden)
        assert.deepEqual([status, body], [404, nothing], changed)
      }
      assert.deepEqual(form.asked(), [])
    })

    it('asks for the same with every other field that somebody adds, in its body or its address', async () => {
      const asked: unknown[] = []
      for (const more of [{}, WISHES]) {
        await using form = await open()
        form.s.cf.orders.set('A-2', { ...form.s.cf.orders.get('A-1'), id: 'A-2', amountMinor: 1n } as never)
        const query = new URLSearchParams(more).toString()
        const { status } = await form.send(`${form.url}?${query}`, { ...form.hidden, ...more })
        assert.equal(status, 303)
        const payments = [...form.s.cf.payments.values()].map(
          ({ orderId, amountMinor, currency, status: is }) => [orderId, amountMinor, currency, is],
        )
        const requests = form.asked().map((one) => withoutNames(one))
        asked.push({ payments, requests })
      }
      assert.deepEqual(asked[1], asked[0])
    })

    it('is proven by its body alone: what stands in its address proves nothing', async () => {
      await using form = await open()
      for (const field of ['key', 'token'] as const) {
        const query = new URLSearchParams({ [field]: form.hidden[field] }).toString()
        const { status } = await form.send(`${form.url}?${query}`, { ...form.hidden, [field]: '' })
        assert.equal(status, 403, field)
      }
      assert.deepEqual(form.asked(), [])
    })
  })
}

/** A request without what is new each time: its key, and the link of its payment. */
function withoutNames(asked: unknown): unknown {
  if (typeof asked !== 'object' || asked === null || !('key' in asked)) return 'the same link'
  const { key: _key, card, ...rest } = asked as Record<string, unknown>
  return { ...rest, card: (card as { reveal(): object } | undefined)?.reveal() }
}
