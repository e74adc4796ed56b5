/** A mail as the page shows it. */
export interface Mail {
  readonly messageId: string | undefined
  readonly from: string
  readonly to: string
  readonly subject: string
  /** 0 when the mail has no date that can be read. */
  readonly dateMs: number
  readonly text: string
}

/**
 * Reads the kind of mail that this shop sends: one part of text. `raw` has one character per byte (latin1), as mail
 * has on its way.
 */
export function readMail(raw: string): Mail {
  const end = /\r?\n\r?\n/.exec(raw)
  const head = end === null ? raw : raw.slice(0, end.index)
  const body = end === null ? '' : raw.slice(end.index + end[0].length)
  const header = headersOf(head)
  const dateMs = Date.parse(header.get('date') ?? '')
  return {
    messageId: header.get('message-id'),
    from: decodeWords(header.get('from') ?? ''),
    to: decodeWords(header.get('to') ?? ''),
    subject: decodeWords(header.get('subject') ?? ''),
    dateMs: Number.isNaN(dateMs) ? 0 : dateMs,
    text: decodeBody(body, header.get('content-transfer-encoding') ?? '7bit'),
  }
}

/** Names in small letters; a line that begins with a blank goes on with the one before (RFC 5322, 2.2.3). */
function headersOf(head: string): ReadonlyMap<string, string> {
  const lines = head.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
}

function decodeBody(body: string, encoding: string): string {
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64').toString('utf8')
    case 'quoted-printable':
      return utf8(unquote(body.replaceAll(/=\r?\n/g, '')))
    default:
      return utf8(body)
  }
}

/** `=?UTF-8?B?...?=` and `=?UTF-8?Q?...?=` of RFC 2047, for names and subjects outside ASCII. */
function decodeWords(text: string): string {
  const joined = text.replaceAll(/\?=\s+=\?/g, '?==?')
  return joined.replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_word, kind: string, encoded: string) =>
    kind.toLowerCase() === 'b'
      ? Buffer.from(encoded, 'base64').toString('utf8')
      : utf8(unquote(encoded.replaceAll('_', ' '))),
  )
}

function unquote(text: string): string {
  return text.replaceAll(/=([0-9A-F]{2})/gi, (_match, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
