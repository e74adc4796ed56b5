import { SaxesParser } from 'saxes'

/** One element of a request. `text` is all character data directly inside, untrimmed. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: XmlElement[]
  text: string
}

/** What became of a request's text: a tree with the words of its DOCTYPE, or why there is none. */
export type ParsedXml =
  | { readonly root: XmlElement; readonly doctype: string | undefined }
  | { readonly problem: string }

/** A real order has some 60 elements, 7 deep: what goes far beyond is an attack or a mistake. */
export const XML_ELEMENTS_MAX = 1_000
export const XML_DEPTH_MAX = 20
export const XML_CHARACTERS_MAX = 200_000

/**
 * Parses strictly: well-formed XML, no entities but the five built in, nothing fetched. The tree knows nothing of
 * Worldpay; `content-model.ts` does.
 *
 * @example
 * parseXml('<a b="1"><c>x</c></a>') // { root: { name: 'a', attributes: { b: '1' }, ... }, doctype: undefined }
 */
export function parseXml(text: string): ParsedXml {
  if (text.length > XML_CHARACTERS_MAX) return { problem: 'The document is too long.' }
  const parser = new SaxesParser()
  const open: XmlElement[] = []
  let root: XmlElement | undefined
  let doctype: string | undefined
  let count = 0
  parser.on('doctype', (words) => {
    doctype = words.trim()
  })
  parser.on('opentag', (tag) => {
    count++
    if (count > XML_ELEMENTS_MAX) throw new Error('The document has too many elements.')
    if (open.length >= XML_DEPTH_MAX) throw new Error('The document is nested too deeply.')
    const element: XmlElement = { name: tag.name, attributes: tag.attributes, children: [], text: '' }
    const parent = open.at(-1)
    if (parent === undefined) root = element
    else parent.children.push(element)
    open.push(element)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  const addText = (words: string): void => {
    const parent = open.at(-1)
    if (parent !== undefined) parent.text += words
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  try {
    parser.write(text).close()
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'The document cannot be parsed.' }
  }
  return root === undefined ? { problem: 'The document has no root element.' } : { root, doctype }
}

/** The first child of that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  if (element === undefined) return undefined
  for (const child of element.children) if (child.name === name) return child
  return undefined
}

/** The trimmed text of the child of that name; messages in CDATA often have white space around them. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return childOf(element, name)?.text.trim()
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Text for element content, attributes and HTML alike. */
export function escapeXml(text: string): string {
  return /[&<>"']/.test(text) ? text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '') : text
}

/** Text as a CDATA section, as the gateway writes names and error texts. */
export function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
}
