import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The card of every payer of this suite. Both are numbers that nothing else prints. */
export const CARD = { number: '4988438843884305', securityCode: '7391' } as const

const groups = CARD.number.match(/.{4}/g) ?? []

/** The card in every form in which it could get away (S8). */
export const canaries: readonly { readonly form: string; readonly text: string }[] = [
  { form: 'as it is', text: CARD.number },
  { form: 'with spaces', text: groups.join(' ') },
  { form: 'with dashes', text: groups.join('-') },
  { form: 'escaped for an address', text: groups.join('%20') },
  { form: 'escaped for a form', text: groups.join('+') },
  ...[0, 1, 2].map((shift) => ({ form: `in base64, shifted by ${shift}`, text: base64Core(shift) })),
  { form: 'in hexadecimal', text: Buffer.from(CARD.number).toString('hex') },
  { form: 'the security code in its element', text: `<cvc>${CARD.securityCode}</cvc>` },
  { form: 'the security code in JSON', text: `"securityCode":"${CARD.securityCode}"` },
]

/** The digits in base64 behind so many other bytes, without the characters that those bytes have a part in. */
function base64Core(shift: number): string {
  const padded = Buffer.concat([Buffer.alloc(shift), Buffer.from(CARD.number)])
  const text = padded.toString('base64').replace(/=+$/, '')
  return text.slice(shift === 0 ? 0 : 4, text.length - (padded.length % 3 === 0 ? 0 : 1))
}

/** Every place below a folder where the card stands: databases, logs of databases, data files, what was printed. */
export function canaryHits(folder: string): readonly string[] {
  return filesBelow(folder).flatMap((file) => {
    const bytes = readFileSync(file)
    return canaries.filter(({ text }) => bytes.includes(text)).map(({ form }) => `${file}: ${form}`)
  })
}

export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
