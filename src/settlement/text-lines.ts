/** A line of text, or one that is too long to be looked at. */
export interface TextLine {
  readonly lineNumber: number
  readonly text: string
  readonly isTooLong: boolean
}

/** A longer line is no line of a report, and is passed over without being kept in memory. */
export const LINE_CHARACTERS_MAX = 16_384

/**
 * The lines of a file in pieces, whatever ends them. UTF-8 with or without a byte order mark, or UTF-16 with one, as
 * spreadsheets write it.
 */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine> {
  let rest = ''
  let isTooLong = false
  let lineNumber = 0
  for await (const text of decoded(chunks)) {
    rest += text
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      lineNumber++
      const tooLong = isTooLong || line.length > LINE_CHARACTERS_MAX
      yield { lineNumber, text: tooLong ? '' : line, isTooLong: tooLong }
      isTooLong = false
    }
    if (rest.length <= LINE_CHARACTERS_MAX) continue
    // Its end is still to come: only that is waited for. What may be half a line end is kept.
    isTooLong = true
    rest = rest.endsWith('\r') ? '\r' : ''
  }
  const last = rest.endsWith('\r') ? rest.slice(0, -1) : rest
  if (last !== '' || isTooLong) yield { lineNumber: lineNumber + 1, text: isTooLong ? '' : last, isTooLong }
}

async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: Decoder | undefined
  let head: Uint8Array = new Uint8Array()
  for await (const chunk of chunks) {
    if (decoder !== undefined) {
      yield decoder.decode(chunk, { stream: true })
      continue
    }
    head = Buffer.concat([head, chunk])
    if (head.length < 2) continue
    decoder = decoderFor(head)
    yield decoder.decode(head, { stream: true })
  }
  yield decoder === undefined ? new TextDecoder().decode(head) : decoder.decode()
}

type Decoder = InstanceType<typeof TextDecoder>

function decoderFor([first, second]: Uint8Array): Decoder {
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le')
  return first === 0xfe && second === 0xff ? new TextDecoder('utf-16be') : new TextDecoder('utf-8')
}
