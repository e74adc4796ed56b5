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

  it('has an order that is taken as it stands', async () => {
    const simulator = await startSimulator({ port: 0 })
    const message = /<<'XML'\n([\s\S]*?)\nXML\n/.exec(page)?.[1] ?? ''
    const reply = await fetch(simulator.worldpayUrls.paymentService, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('counterfoil-xml:counterfoil-password')}` },
      body: message,
    })
    assert.match(await reply.text(), /<lastEvent>AUTHORISED</)
    await simulator.close()
  })

  it('shows answers as they are', async () => {
    const simulator = await startSimulator({ port: 0 })
    const message = /<<'XML'\n([\s\S]*?)\nXML\n/.exec(page)?.[1] ?? ''
    const capture = /<modify>.*<capture .*<\/modify>/.exec(page)?.[0] ?? ''
    const answers: string[] = []
    for (const body of [
      message,
      message.replace(/<submit>[\s\S]*<\/submit>/, capture),
      message,
      message.replace(/<submit>[\s\S]*<\/submit>/, '<inquiry><orderInquiry orderCode="order-9"/></inquiry>'),
    ]) {
      const reply = await fetch(simulator.worldpayUrls.paymentService, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('counterfoil-xml:counterfoil-password')}` },
        body,
      })
      answers.push(await reply.text())
    }
    await simulator.close()
    const [whole = '', ...others] = answers
    assert.ok(page.includes(whole.trim()), whole)
    for (const answer of others) {
      assert.ok(page.includes(/<reply>.*<\/reply>/.exec(answer)?.[0] ?? 'no reply'), answer)
    }
  })

  it('has faults that are taken as they stand', async () => {
    const simulator = await startSimulator({ port: 0 })
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
