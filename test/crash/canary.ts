import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The card of every payer of this suite. Both are numbers that nothing else prints. */
export const CARD = { number: '4988438843884305', securityCode: '7391' } as const

interface Canary {
  readonly form: string
  readonly text: string
}

/** The card in every form in which it could get away (S8). */
export const canaries: readonly Canary[] = canariesOf(CARD)

/** The same for another card, or for the digits with which many cards begin. */
export function canariesOf({ number, securityCode }: Readonly<Record<keyof typeof CARD, string>>): Canary[] {
  const groups = number.match(/.{1,4}/g) ?? []
  const digits = number.split('')
  return [
    { form: 'as it is', text: number },
    { form: 'with spaces', text: groups.join(' ') },
    { form: 'with two spaces', text: groups.join('  ') },
    { form: 'with spaces that do not break', text: groups.join('\u00a0') },
    { form: 'with long dashes', text: groups.join('\u2013') },
    { form: 'with dashes', text: groups.join('-') },
    { form: 'escaped for an address', text: groups.join('%20') },
    { form: 'escaped for a form', text: groups.join('+') },
    { form: 'escaped for an address, each digit', text: digits.map((digit) => `%3${digit}`).join('') },
    { form: 'escaped for XML', text: digits.map((digit) => `&#${digit.charCodeAt(0)};`).join('') },
    { form: 'escaped for XML in hexadecimal', text: digits.map((digit) => `&#x3${digit};`).join('') },
    { form: 'escaped for JSON', text: digits.map((digit) => `\\u003${digit}`).join('') },
    ...[0, 1, 2].map((shift) => ({
      form: `in base64, shifted by ${shift}`,
      text: base64Core(number, shift),
    })),
    { form: 'in hexadecimal', text: Buffer.from(number).toString('hex') },
    { form: 'the security code in its element', text: `<cvc>${securityCode}</cvc>` },
    { form: 'the security code in its escaped element', text: `&lt;cvc&gt;${securityCode}` },
    { form: 'the security code in JSON', text: `"securityCode":"${securityCode}"` },
  ]
}

/** The digits in base64 behind so many other bytes, without the characters that those bytes have a part in. */
function base64Core(number: string, shift: number): string {
  const padded = Buffer.concat([Buffer.alloc(shift), Buffer.from(number)])
  const text = padded.toString('base64').replace(/=+$/, '')
  return text.slice(shift === 0 ? 0 : 4, text.length - (padded.length % 3 === 0 ? 0 : 1))
}

/** Every place below a folder where the card stands: databases, logs of databases, data files, what was printed. */
export function canaryHits(folder: string, looked: readonly Canary[] = canaries): readonly string[] {
  return filesBelow(folder).flatMap((file) => {
    const bytes = readFileSync(file)
    return looked.filter(({ text }) => bytes.includes(text)).map(({ form }) => `${file}: ${form}`)
  })
}

export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
