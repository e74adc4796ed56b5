import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { startSimulator } from './server.ts'
import { type FaultKind, type FaultRequest, faultKinds, strikesBefore } from './worldpay/faults.ts'
import { defaultWorldpayOptions } from './worldpay/state.ts'

const page = readFileSync(new URL('../../docs/reference/simulators.md', import.meta.url), 'utf8')

describe('docs/reference/simulators.md', () => {
  it('names every fault, and marks those that can strike before executing', () => {
    for (const kind of Object.keys(faultKinds) as FaultKind[]) {
      assert.ok(page.includes(`\`${kind}\``), kind)
      const fault = { kind, id: 1, on: 'any', times: 1, seen: 0, struck: 0 } as const
      const both = strikesBefore({ ...fault, when: 'before' }) !== strikesBefore({ ...fault, when: 'after' })
      assert.equal(page.includes(`\`${kind}\` *`), both, kind)
    }
  })

  it('names every option and the credentials', () => {
    const { merchantCode, username, password, ...others } = defaultWorldpayOptions
    for (const value of [merchantCode, username, password, ...Object.keys(others)]) {
      assert.ok(page.includes(`\`${value}\``), value)
    }
  })

  it('has an order and faults that are taken as they stand', async () => {
    const simulator = await startSimulator({ port: 0 })
    const message = /<<'XML'\n([\s\S]*?)\nXML\n/.exec(page)?.[1] ?? ''
    const reply = await fetch(simulator.worldpayUrls.paymentService, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('counterfoil-xml:counterfoil-password')}` },
      body: message,
    })
    assert.match(await reply.text(), /<lastEvent>AUTHORISED</)
    const examples = [...page.matchAll(/curl -d '(\{"kind".*?\})'/g)].map((match) => match[1] ?? '')
    assert.equal(examples.length, 7)
    for (const example of examples) {
      // The outage would take away whom the next example is for.
      if (example.includes('refuse')) continue
      simulator.worldpay.addFault(JSON.parse(example) as FaultRequest)
    }
    await simulator.close()
  })
})
