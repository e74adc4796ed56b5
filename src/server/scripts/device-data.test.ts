import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runInNewContext } from 'node:vm'
import { deviceData } from './device-data.ts'

type Listener = (event: Record<string, unknown>) => void

/** As much of a page as the script touches. */
class Page {
  readonly number = { value: '', listeners: new Map<string, Listener>() }
  readonly prefix = { value: '' }
  readonly session = { value: '' }
  readonly javaScript = { value: '' }
  readonly busy: boolean[] = []
  readonly sent: string[] = []
  readonly listeners = new Map<string, Listener>()
  timer: { run: () => void; ms: number } | undefined

  constructor() {
    const button = { setAttribute: () => this.busy.push(true), removeAttribute: () => this.busy.push(false) }
    const parts: Record<string, unknown> = {
      '[data-card-prefix]': this.prefix,
      '#number': Object.assign(this.number, {
        addEventListener: (name: string, listener: Listener) => this.number.listeners.set(name, listener),
      }),
      '[data-device-session]': this.session,
      '[data-java-script]': this.javaScript,
      button,
    }
    const form = (name: string, dataset: object) => ({
      name,
      dataset,
      querySelector: (selector: string) => parts[selector],
      addEventListener: (event: string, listener: Listener) => this.listeners.set(event, listener),
    })
    const probe = { messageOrigin: 'https://ddc.example', sessionMember: 'SessionId', waitMs: '3000' }
    const forms: Record<string, unknown> = {
      'form[data-message-origin]': form('probe', probe),
      'form[data-card]': form('card', {}),
    }
    const { sent } = this
    runInNewContext(deviceData, {
      document: { querySelector: (selector: string) => forms[selector] },
      HTMLFormElement: {
        prototype: {
          submit(this: { name: string }) {
            sent.push(this.name)
          },
        },
      },
      addEventListener: (event: string, listener: Listener) => this.listeners.set(event, listener),
      setTimeout: (run: () => void, ms: number) => {
        this.timer = { run, ms }
        return 1
      },
      clearTimeout: () => {
        this.timer = undefined
      },
    })
  }

  type(number: string): void {
    this.number.value = number
    this.number.listeners.get('change')?.({})
  }

  say(data: unknown, origin = 'https://ddc.example'): void {
    this.listeners.get('message')?.({ origin, data })
  }

  /** True when the form waits. */
  submit(): boolean {
    let waits = false
    this.listeners.get('submit')?.({
      preventDefault: () => {
        waits = true
      },
    })
    return waits
  }
}

describe('the script of the card form', () => {
  it('sends the first six digits and never more, once for each', () => {
    const page = new Page()
    page.type('4444 3')
    assert.deepEqual(page.sent, [])
    page.type('4444 3333 2222 1111')
    page.type('4444 3333 2222 1129')
    assert.deepEqual([page.sent, page.prefix.value], [['probe'], '444433'])
    page.type('5555 5555')
    assert.deepEqual([page.sent, page.prefix.value], [['probe', 'probe'], '555555'])
    assert.equal(page.javaScript.value, '1')
  })

  it('takes the session from a message of that very origin, and from no other', () => {
    const page = new Page()
    page.type('4444 3333')
    page.say('{"SessionId":"a"}', 'https://ddc.example.evil')
    page.say('{"SessionId":"a"}', 'http://ddc.example')
    for (const data of [
      'not JSON',
      'null',
      '{}',
      '{"SessionId":7}',
      '{"SessionId":"a b"}',
      { SessionId: 'a' },
    ]) {
      page.say(data)
    }
    assert.equal(page.session.value, '')
    page.say('{"SessionId":"0_3f-2c"}')
    assert.equal(page.session.value, '0_3f-2c')
    assert.equal(page.submit(), false, 'the form goes its own way')
    page.type('5555 5555')
    assert.equal(page.session.value, '', 'it was of another card')
  })

  it('holds the form until the session is there, and sends it once', () => {
    const page = new Page()
    page.type('4444 3333')
    assert.deepEqual([page.submit(), page.submit(), page.timer?.ms], [true, true, 3_000])
    page.say('{"SessionId":"s"}')
    page.say('{"SessionId":"s"}')
    assert.deepEqual(page.sent, ['probe', 'card'])
    assert.equal(page.timer, undefined)
  })

  it('sends the form without a session when that takes too long', () => {
    const page = new Page()
    page.number.value = '4444 3333'
    assert.equal(page.submit(), true)
    page.timer?.run()
    assert.deepEqual([page.sent, page.session.value], [['probe', 'card'], ''])
  })

  it('lets a form go that has no number in it', () => {
    const page = new Page()
    assert.equal(page.submit(), false)
  })

  it('begins anew when the payer comes back to the page', () => {
    const page = new Page()
    page.type('4444 3333')
    page.submit()
    page.timer?.run()
    page.listeners.get('pageshow')?.({ persisted: true })
    assert.deepEqual(page.busy, [true, false])
    assert.equal(page.submit(), true)
    page.say('{"SessionId":"s"}')
    assert.deepEqual(page.sent, ['probe', 'card', 'card'])
  })
})
