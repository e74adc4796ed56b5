import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { returnAddress } from './hosted-page-return.ts'

describe('the address that a payer is sent back to', () => {
  const told = { orderKey: 'A^B^c', mac2: 'ff' }
  const to = (successURL: string) => returnAddress(new URLSearchParams({ successURL }), 'success', told)

  it('keeps what the merchant wrote, and has what the gateway tells behind it', () => {
    const added = 'orderKey=A%5EB%5Ec&mac2=ff'
    assert.equal(to('https://shop.example'), `https://shop.example/?${added}`)
    assert.equal(to('http://shop.example:8080/a?'), `http://shop.example:8080/a?${added}`)
    assert.equal(to('https://shop.example/a?x=1%2F2+3&y'), `https://shop.example/a?x=1%2F2+3&y&${added}`)
    assert.equal(to('https://shop.example/a?x=1#part'), `https://shop.example/a?x=1&${added}#part`)
    const nothing = returnAddress(new URLSearchParams({ errorURL: 'https://shop.example/a' }), 'error', {})
    assert.equal(nothing, 'https://shop.example/a')
  })

  it('is none when the merchant has named none, or none of the web', () => {
    for (const wrong of ['', '/relative', 'javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd'])
      assert.equal(to(wrong), undefined, wrong)
    assert.equal(to(`https://shop.example/${'x'.repeat(1_024)}`), undefined)
    assert.equal(returnAddress(new URLSearchParams(), 'success', told), undefined)
  })
})
