import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failure } from '../../errors.ts'
import { stage, visa } from '../fake-counterfoil.test.ts'
describe('a form that is sent again', () => {
  it('the same form sent again after its time is not answered with "not charged" while its payment is under way', async () => {
    let ahead = 0
    await using s = await stage({ nowMs: () => Date.now() + ahead })
    const browser = s.browser()
    const one = await browser.openForm(s)
    assert.equal((await browser.post(one.url, { ...visa, ...one.hidden })).status, 303)
    ahead = 100 * 86_400_000
    const again = await browser.post(one.url, { ...visa, ...one.hidden })
    assert.doesNotMatch(again.body, /You have not been charged/, `${again.status}`)
  })
  it('the same form sent again while the shop is away', async () => {
    await using s = await stage()
    const browser = s.browser()
    const one = await browser.openForm(s)
    assert.equal((await browser.post(one.url, { ...visa, ...one.hidden })).status, 303)
    s.cf.loads = () => {
      throw failure('CF_SHOP_UNAVAILABLE', 'away')
    }
    const again = await browser.post(one.url, { ...visa, ...one.hidden })
    assert.doesNotMatch(again.body, /You have not been charged/, `${again.status}`)
  })
})
