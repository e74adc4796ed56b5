import { SaxesParser } from 'saxes'

/** An element as it was read: frozen, without a prototype chain that a message could reach (`__proto__` is just a name). */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string | undefined>>
  readonly children: readonly XmlElement[]
  /** The element's own text and CDATA, joined, as it came: white space is kept. */
  readonly text: string
}

/** Bounds of one document. What is larger is refused, not cut. */
export interface XmlLimits {
  readonly bytesMax: number
  readonly depthMax: number
  readonly elementsMax: number
  readonly attributesMax: number
  readonly characterReferencesMax: number
  /** Beginnings of public ids whose DOCTYPE is let through. It is never fetched, and never has an internal subset. */
  readonly publicIds: readonly string[]
}

export type XmlResult =
  | { readonly ok: true; readonly root: XmlElement }
  | { readonly ok: false; readonly why: string }

/** What a reply of a PSP stays far below. */
export const XML_LIMITS: XmlLimits = Object.freeze({
  bytesMax: 256 * 1024,
  depthMax: 32,
  elementsMax: 4_000,
  attributesMax: 8_000,
  characterReferencesMax: 1_000,
  publicIds: Object.freeze([]),
})

/**
 * Reads a document strictly, without ever expanding, fetching or guessing. Hostile input gives `ok: false`; nothing
 * is thrown. Two mistakes that PSPs are known to make are understood: an `&` in text that starts no reference, and
 * text after the root element.
 *
 * @example
 * const read = parseXml('<reply><ok/></reply>')
 * if (read.ok) read.root.children[0]?.name // 'ok'
 */
export function parseXml(document: Uint8Array | string, limits: Partial<XmlLimits> = {}): XmlResult {
  const bounds = { ...XML_LIMITS, ...limits }
  const size = typeof document === 'string' ? Buffer.byteLength(document) : document.byteLength
  if (size > bounds.bytesMax) return refused(`longer than ${bounds.bytesMax} bytes`)
  try {
    const text = typeof document === 'string' ? document : new TextDecoder('utf-8', STRICT).decode(document)
    if (countOf(text, '&#', bounds.characterReferencesMax) > bounds.characterReferencesMax) {
      return refused(`more than ${bounds.characterReferencesMax} character references`)
    }
    return { ok: true, root: readTree(escapeStrayAmpersands(text), bounds) }
  } catch (thrown) {
    // The parser, the decoder and the bounds below all report by throwing; whatever it was, this is no document.
    return refused(thrown instanceof Error ? thrown.message : String(thrown))
  }
}

/** The element's only child of this name; undefined when there is none or more than one, since neither says anything. */
export function onlyChild(element: XmlElement | undefined, name: string): XmlElement | undefined {
  let found: XmlElement | undefined
  for (const child of element?.children ?? []) {
    if (child.name !== name) continue
    if (found !== undefined) return undefined
    found = child
  }
  return found
}

/** Text between tags, escaped. Throws a RangeError for a character that XML 1.0 cannot hold. */
export function xmlText(value: string): string {
  assertHoldable(value)
  return NEEDS_ESCAPE.test(value) ? value.replaceAll(ESCAPED, (found) => ESCAPES[found] ?? found) : value
}

/** The value of an attribute with its double quotes, escaped. Throws like `xmlText`. */
export function xmlAttribute(value: string): string {
  return `"${xmlText(value)}"`
}

/** The text without characters that XML 1.0 cannot hold, for names and addresses as people type them. */
export function xmlHoldable(value: string): string {
  return value.toWellFormed().replaceAll(UNHOLDABLE, '')
}

const STRICT = { fatal: true } as const
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}
const ESCAPED = /[&<>"\t\n\r]/g
const NEEDS_ESCAPE = /[&<>"\t\n\r]/
// oxlint-disable-next-line no-control-regex -- These are exactly the characters that XML 1.0 forbids.
const UNHOLDABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

function assertHoldable(value: string): void {
  if (value.isWellFormed() && value.search(UNHOLDABLE) === -1) return
  throw new RangeError('the text holds a character that XML cannot hold')
}

function refused(why: string): XmlResult {
  return { ok: false, why: why.slice(0, 200) }
}

function countOf(text: string, part: string, most: number): number {
  let count = 0
  for (let at = text.indexOf(part); at !== -1 && count <= most; at = text.indexOf(part, at + 1)) count++
  return count
}

/** Something that looks like a reference is left to the parser, which knows the five names and nothing else. */
const STRAY_AMPERSAND = /&(?!(?:[A-Za-z_:][\w:.-]{0,63}|#\d{1,9}|#x[0-9A-Fa-f]{1,8});)/g

/** In CDATA an `&` is just an `&`, so what stands there is left alone. Linear, whatever comes. */
function escapeStrayAmpersands(text: string): string {
  if (text.search(STRAY_AMPERSAND) === -1) return text
  let escaped = ''
  let at = 0
  while (at < text.length) {
    const opens = text.indexOf('<![CDATA[', at)
    const plainEnd = opens === -1 ? text.length : opens
    escaped += text.slice(at, plainEnd).replaceAll(STRAY_AMPERSAND, '&amp;')
    if (opens === -1) break
    const closes = text.indexOf(']]>', opens)
    const dataEnd = closes === -1 ? text.length : closes
    escaped += text.slice(opens, dataEnd)
    at = dataEnd
  }
  return escaped
}

interface OpenElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: XmlElement[]
  text: string
}

const NO_ATTRIBUTES: Readonly<Record<string, string>> = Object.freeze(Object.create(null))

function readTree(text: string, bounds: XmlLimits): XmlElement {
  const parser = new SaxesParser({ position: false, forceXMLVersion: true, defaultXMLVersion: '1.0' })
  const open: OpenElement[] = []
  let root: XmlElement | undefined
  let elements = 0
  let attributes = 0

  const addText = (part: string): void => {
    const element = open.at(-1)
    if (element !== undefined) element.text += part
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('error', (error) => {
    if (root !== undefined && error.message === TEXT_OUTSIDE_ROOT) return
    throw error
  })
  parser.on('doctype', (doctype) => {
    if (!isLetThrough(doctype, bounds.publicIds)) throw new Error('a DOCTYPE that is not allowed')
  })
  parser.on('processinginstruction', () => {
    throw new Error('a processing instruction')
  })
  // No handler for single attributes: with an eighth handler the parser object loses its fast layout, and a reply takes
  // 42 microseconds instead of 12. Until its tag ends, attributes are bounded by the document's bytes.
  parser.on('opentag', (tag) => {
    elements++
    if (elements > bounds.elementsMax) throw new Error(`more than ${bounds.elementsMax} elements`)
    if (open.length >= bounds.depthMax) throw new Error(`deeper than ${bounds.depthMax} elements`)
    // Without namespaces, attributes are plain texts in an object without a prototype.
    const plain = tag.attributes as Record<string, string>
    const own = Object.keys(plain).length
    attributes += own
    if (attributes > bounds.attributesMax) throw new Error(`more than ${bounds.attributesMax} attributes`)
    const kept = own === 0 ? NO_ATTRIBUTES : Object.freeze(plain)
    open.push({ name: tag.name, attributes: kept, children: [], text: '' })
  })
  parser.on('closetag', () => {
    const closed = open.pop()
    if (closed === undefined) throw new Error('a closing tag without an opening one')
    Object.freeze(closed.children)
    const element: XmlElement = Object.freeze(closed)
    const parent = open.at(-1)
    if (parent === undefined) root = element
    else parent.children.push(element)
  })
  parser.write(text).close()
  if (root === undefined) throw new Error('no root element')
  return root
}

const TEXT_OUTSIDE_ROOT = 'text data outside of root node.'
const DOCTYPE =
  /^\s+[\w:.-]{1,64}(?:\s+PUBLIC\s+(?:"([^"]{1,200})"|'([^']{1,200})')\s+(?:"[^"]{0,300}"|'[^']{0,300}'))?\s*$/

function isLetThrough(doctype: string, publicIds: readonly string[]): boolean {
  const match = DOCTYPE.exec(doctype)
  if (match === null) return false
  const publicId = match[1] ?? match[2]
  return publicId === undefined || publicIds.some((allowed) => publicId.startsWith(allowed))
}
