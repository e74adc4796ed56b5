import { failure } from '../errors.ts'
import { Raw } from './html.ts'

const LOGO_CHARACTERS_MAX = 20_000
/** Shapes and what groups and fills them: nothing that loads, links, runs, or styles. */
const ELEMENTS = new Set([
  'circle',
  'clipPath',
  'defs',
  'ellipse',
  'g',
  'line',
  'linearGradient',
  'path',
  'polygon',
  'polyline',
  'radialGradient',
  'rect',
  'stop',
  'svg',
])
const ATTRIBUTES = new Set([
  'clip-path',
  'clip-rule',
  'clipPathUnits',
  'cx',
  'cy',
  'd',
  'fill',
  'fill-opacity',
  'fill-rule',
  'gradientTransform',
  'gradientUnits',
  'height',
  'id',
  'offset',
  'opacity',
  'points',
  'r',
  'rx',
  'ry',
  'stop-color',
  'stop-opacity',
  'stroke',
  'stroke-linecap',
  'stroke-linejoin',
  'stroke-miterlimit',
  'stroke-opacity',
  'stroke-width',
  'transform',
  'viewBox',
  'width',
  'x',
  'x1',
  'x2',
  'xmlns',
  'y',
  'y1',
  'y2',
])
/** The names that a shop's drawing gives stay its own: nothing else on the page has this beginning. */
const ID = /^logo-[\w-]{1,60}$/
const TAG = /<(\/?)([a-z][a-zA-Z]*)((?:\s+[a-zA-Z0-9:-]+\s*=\s*(?:"[^"<>&]*"|'[^'<>&]*'))*)\s*(\/?)>/y
const ATTRIBUTE = /([a-zA-Z0-9:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/**
 * The shop's logo stands in the page itself, so only plain shapes are let in.
 *
 * @throws CF_CONFIG saying what it may not hold.
 */
export function logoFrom(given: unknown): Raw {
  if (typeof given !== 'string' || given.length > LOGO_CHARACTERS_MAX) {
    throw wrong(`must be the text of an SVG of at most ${LOGO_CHARACTERS_MAX} characters`)
  }
  const text = given.trim()
  const open: string[] = []
  let at = 0
  while (at < text.length) {
    const space = /\s+/y
    space.lastIndex = at
    if (space.test(text)) at = space.lastIndex
    TAG.lastIndex = at
    const [all, end = '', name = '', attributes = '', alone = ''] = TAG.exec(text) ?? []
    if (all === undefined)
      throw wrong('may hold elements with quoted attributes and nothing else: no text, comment or entity')
    if (!ELEMENTS.has(name)) throw wrong(`may not hold <${name}>; it may hold ${[...ELEMENTS].join(', ')}`)
    if (at === 0 ? name !== 'svg' || alone !== '' : open.length === 0) throw wrong('must be one <svg>')
    if (end === '') checkAttributes(attributes)
    if (end !== '' && open.pop() !== name) throw wrong(`closes <${name}>, which is not open there`)
    if (end === '' && alone === '') open.push(name)
    at += all.length
  }
  if (text === '' || open.length > 0) throw wrong('must be one <svg>, closed')
  const [head = ''] = text.split('>', 1)
  if (!/\sviewBox=/.test(head)) throw wrong('must have a viewBox, by which it is scaled')
  // The stylesheet gives it its size; the brand's name beside it is what is read aloud.
  const plain = head.replaceAll(/\s(?:width|height|xmlns)\s*=\s*(?:"[^"]*"|'[^']*')/g, '')
  return new Raw(`${plain} class="logo" aria-hidden="true"${text.slice(head.length)}`)
}

function checkAttributes(text: string): void {
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
    const value = double ?? single ?? ''
    if (!ATTRIBUTES.has(name)) throw wrong(`may not have the attribute ${name}`)
    if (name === 'id' && !ID.test(value))
      throw wrong(`may have names that begin with 'logo-' only, and not '${value}'`)
    if (name !== 'xmlns' && /url\s*\(|:/i.test(value.replaceAll(/url\(#logo-[\w-]+\)/g, ''))) {
      throw wrong(`may refer to its own parts only: ${name}="${value.slice(0, 60)}"`)
    }
  }
}

function wrong(rule: string): Error {
  return failure('CF_CONFIG', `http(cf, { theme }): theme.logo ${rule}`)
}
