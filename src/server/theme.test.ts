import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CounterfoilError } from '../errors.ts'
import { stage } from './fake-counterfoil.test.ts'
import { style } from './style.css.ts'
import { contrastOf, lookFrom, type Theme } from './theme.ts'

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20" viewBox="0 0 80 20"><path fill="currentColor" d="M0 0h80v20z"/></svg>'

function refusal(theme: unknown): string {
  try {
    lookFrom(theme as Theme)
  } catch (error) {
    assert.ok(error instanceof CounterfoilError && error.code === 'CF_CONFIG')
    return error.message
  }
  return 'taken'
}

describe('a theme', () => {
  it('whose accent cannot be read is refused, with its contrast and what to do', () => {
    const dark = '#52c7a8'
    assert.match(
      refusal({ accent: { light: '#4f9d84', dark } }),
      /theme\.accent\.light is #4f9d84, which has a contrast of 3\.\d\d:1 on #ffffff; text needs 4\.5:1, so it must be darker/,
    )
    // Readable on the panel, and not on what lies around it.
    assert.match(refusal({ accent: { light: '#767676', dark } }), /on #f6f8f7/)
    assert.match(
      refusal({ accent: { light: '#003366', dark: '#003366' } }),
      /theme\.accent\.dark is #003366.* lighter/,
    )
    assert.match(refusal({ accent: { light: '#003366' } }), /theme\.accent\.dark must be a colour/)
    assert.match(refusal({ accent: { light: 'red', dark } }), /must be a colour such as/)
    assert.equal(refusal({ accent: { light: '#003366', dark: '#9ecbff' } }), 'taken')
  })

  it('is measured on the grounds that the stylesheet has, as is our own accent', () => {
    const tokens = (from: string, name: string) => new RegExp(`--${name}: (#[0-9a-f]+)`).exec(from)?.[1] ?? ''
    const [light = '', dark = ''] = style.split('@media (prefers-color-scheme: dark)')
    for (const [scheme, text] of [
      ['light', light],
      ['dark', dark],
    ] as const) {
      for (const ground of ['page', 'panel', 'stub']) {
        const colour = tokens(text, ground).replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3')
        const poor = { light: '#ffffff', dark: '#000000', [scheme]: colour }
        assert.notEqual(refusal({ accent: poor }), 'taken')
        for (const ink of ['ink', 'soft', 'accent', 'good', 'bad', 'note']) {
          assert.ok(contrastOf(tokens(text, ink), colour) >= 4.5, `${scheme}: ${ink} on ${ground}`)
        }
        assert.ok(contrastOf(tokens(text, 'field'), colour) >= 3, `${scheme}: field on ${ground}`)
      }
    }
    assert.equal(contrastOf('#000000', '#ffffff'), 21)
  })

  it('is in the stylesheet, which then has another name', async () => {
    await using s = await stage({
      theme: { accent: { light: '#003366', dark: '#9ecbff' }, radiusPx: 0, fonts: ['Inter', 'Arial'], logo },
    })
    const { body } = await s.browser().get(s.server.checkoutUrl('A-1'))
    const path = /href="([^"]*\.css)"/.exec(body)?.[1] ?? ''
    assert.ok(!path.endsWith(lookFrom().stylePath))
    const css = await s.browser().get(path)
    assert.match(
      css.body,
      /--accent: #003366[^]*--accent: #9ecbff[^]*--radius: 0px; --font: "Inter", "Arial", system-ui/,
    )
    assert.match(
      body,
      /<span class="brand" role="img" aria-label="Leaf &amp; Cup"><svg viewBox="0 0 80 20" class="logo" aria-hidden="true"><path fill="currentColor"/,
    )
  })

  it('can say nothing that is not its to say', () => {
    assert.match(refusal({ colour: 'red' }), /theme\.colour is not known; there are accent/)
    assert.match(refusal({ radiusPx: 25 }), /0 to 24/)
    assert.match(refusal({ radiusPx: '0;}' }), /0 to 24/)
    assert.match(refusal({ fonts: ['x"; } body { display: none'] }), /names of fonts/)
    assert.match(refusal({ fonts: [] }), /names of fonts/)
  })
})

describe('a logo', () => {
  for (const [name, svg] of Object.entries({
    'a script': '<svg viewBox="0 0 1 1"><script>x</script></svg>',
    'a handler': '<svg viewBox="0 0 1 1" onload="x"></svg>',
    'a style': '<svg viewBox="0 0 1 1" style="x"></svg>',
    'a link': '<svg viewBox="0 0 1 1"><a href="https://evil.example"></a></svg>',
    'a picture from elsewhere': '<svg viewBox="0 0 1 1"><image href="https://evil.example/x"/></svg>',
    'a fill from elsewhere': '<svg viewBox="0 0 1 1"><path fill="url(https://evil.example#x)"/></svg>',
    'HTML behind it': '<svg viewBox="0 0 1 1"></svg><p>',
    'two drawings': '<svg viewBox="0 0 1 1"></svg><svg viewBox="0 0 1 1"></svg>',
    text: '<svg viewBox="0 0 1 1">x</svg>',
    'a comment': '<svg viewBox="0 0 1 1"><!-- --></svg>',
    'an open element': '<svg viewBox="0 0 1 1"><g>',
    'an unquoted attribute': '<svg viewBox="0 0 1 1"><path fill=red /></svg>',
    'a name of the page': '<svg viewBox="0 0 1 1"><path id="number"/></svg>',
    'no viewBox': '<svg></svg>',
    nothing: '',
    'an address': 'https://shop.example/logo.svg',
  })) {
    it(`is refused with ${name}`, () => assert.match(refusal({ logo: svg }), /theme\.logo/))
  }

  it('may have groups, gradients and parts of its own', () => {
    const svg =
      '<svg viewBox="0 0 4 4"><defs><linearGradient id="logo-a"><stop offset="0" stop-color="#fff"/></linearGradient></defs><g><path fill="url(#logo-a)" d="M0 0z"/></g></svg>'
    assert.equal(refusal({ logo: svg }), 'taken')
  })
})
