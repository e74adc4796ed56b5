import type { XmlElement } from './xml.ts'

/** How one element may look, in the notation of a DTD. */
export interface ElementRule {
  /** `(a,b?,(c|d)*)`, `#PCDATA`, `EMPTY`, or `ANY` for what is let through unseen. */
  readonly content: string
  /** Attributes, blank-separated: `name`, `name!` when required, `name:NMTOKEN`, `name!:one|two`. */
  readonly attributes?: string
}

type Attribute =
  | { readonly type: 'CDATA' | 'NMTOKEN'; readonly required: boolean }
  | { readonly type: readonly string[]; readonly required: boolean }

interface CompiledRule {
  readonly content: string
  /** Matches the names of the children, each followed by a comma. Undefined for text, empty and unseen content. */
  readonly sequence: RegExp | undefined
  readonly attributes: ReadonlyMap<string, Attribute>
  readonly required: readonly string[]
}

export type ContentModel = ReadonlyMap<string, CompiledRule>

const NMTOKEN = /^[-.:\w\u00b7\u00c0-\ufffd]+$/

/**
 * Turns rules into a model that checks quickly: the order of children becomes one regular expression.
 *
 * @example
 * const model = compileModel({ a: { content: '(b,c?)' }, b: { content: 'EMPTY' }, c: { content: '#PCDATA' } })
 */
export function compileModel(rules: Readonly<Record<string, ElementRule>>): ContentModel {
  return new Map(Object.entries(rules).map(([name, rule]) => [name, compileRule(rule)]))
}

function compileRule(rule: ElementRule): CompiledRule {
  const attributes = new Map<string, Attribute>()
  for (const word of (rule.attributes ?? '').split(' ').filter((part) => part !== '')) {
    const [head = '', type = 'CDATA'] = word.split(':', 2)
    const required = head.endsWith('!')
    attributes.set(required ? head.slice(0, -1) : head, {
      required,
      ...(type === 'CDATA' || type === 'NMTOKEN' ? { type } : { type: type.split('|') }),
    })
  }
  return {
    content: rule.content,
    sequence: rule.content.startsWith('(') ? sequenceOf(rule.content) : undefined,
    attributes,
    required: [...attributes].filter(([, attribute]) => attribute.required).map(([name]) => name),
  }
}

/** `(a,b?)` becomes `^((?:a,)(?:b,)?)$`, to be held against `a,b,`. */
function sequenceOf(content: string): RegExp {
  const pattern = content
    .replaceAll(/[\s,]/g, ' ')
    .replaceAll(/[\w-]+/g, '(?:$&,)')
    .replaceAll(' ', '')
  return new RegExp(`^(?:${pattern})$`)
}

/** The first violation in document order, in the words of a validating parser, or undefined. */
export function violationIn(element: XmlElement, model: ContentModel): string | undefined {
  const rule = model.get(element.name)
  if (rule === undefined) return `Element type "${element.name}" must be declared.`
  if (rule.content === 'ANY') return undefined
  const attributes = attributeViolation(element, rule)
  if (attributes !== undefined) return attributes
  if (!contentMatches(element, rule)) {
    return `The content of element type "${element.name}" must match "${rule.content}".`
  }
  for (const child of element.children) {
    const violation = violationIn(child, model)
    if (violation !== undefined) return violation
  }
  return undefined
}

function contentMatches(element: XmlElement, rule: CompiledRule): boolean {
  if (rule.content === '#PCDATA') return element.children.length === 0
  if (rule.content === 'EMPTY') return element.children.length === 0 && element.text === ''
  if (/\S/.test(element.text)) return false
  let names = ''
  for (const child of element.children) names += `${child.name},`
  return rule.sequence?.test(names) ?? true
}

function attributeViolation(element: XmlElement, rule: CompiledRule): string | undefined {
  for (const name of rule.required) {
    if (element.attributes[name] === undefined) {
      return `Attribute "${name}" is required and must be specified for element type "${element.name}".`
    }
  }
  for (const name in element.attributes) {
    const attribute = rule.attributes.get(name)
    const value = element.attributes[name] ?? ''
    if (attribute === undefined) {
      return `Attribute "${name}" must be declared for element type "${element.name}".`
    }
    if (attribute.type === 'CDATA') continue
    if (attribute.type === 'NMTOKEN') {
      // The value itself is not repeated: it may be a card number in the wrong place (S8).
      if (!NMTOKEN.test(value.trim())) {
        return `Attribute value of "${name}" of type NMTOKEN must be a name token.`
      }
    } else if (!attribute.type.includes(value)) {
      return `Attribute "${name}" must have a value from the list "${attribute.type.join(' ')} ".`
    }
  }
  return undefined
}
