import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { reasonOf } from '../errors.ts'
import { UnusableError, UsageError } from './command.ts'

/** Where the key of the API is looked for. It is no argument: others on the machine can read those. */
export const KEY_VARIABLE = 'COUNTERFOIL_API_KEY'

const TRIES_MAX = 6
const FIRST_PAUSE_MS = 500
const PAUSE_MS_MAX = 60_000
const ANSWER_MS_MAX = 60_000
const ANSWER_BYTES_MAX = 4 * 1024 * 1024

/** Asks the HTTP API of a running server. Requests must be such that they can be repeated. */
export class ServerApi {
  readonly #base: string
  readonly #key: string
  readonly #pause: (ms: number) => Promise<unknown>

  /**
   * @param server The public address of the server, with its path: `https://shop.example/pay`.
   * @throws UsageError for an address or a key that cannot be used.
   */
  constructor(server: string, key: string, wait: (ms: number) => Promise<unknown> = pause) {
    this.#base = `${checkedServer(server)}/v1`
    this.#key = key
    this.#pause = wait
  }

  /**
   * Posts JSON, and again while the server is busy, away or cannot be reached.
   *
   * @throws UnusableError with what the server has said.
   */
  async post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const text = JSON.stringify(body)
    return this.#untilAnswered(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: text,
    })
  }

  /** Reads, and again while the server is busy, away or cannot be reached; throws as `post` does. */
  async get(path: string): Promise<unknown> {
    return this.#untilAnswered(path, { method: 'GET', headers: {} })
  }

  async #untilAnswered(path: string, request: Asked): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#once(path, request)
      if (answer.kind === 'done') return answer.value
      if (answer.kind === 'refused' || tries >= TRIES_MAX) {
        throw new UnusableError(`${this.#base}${path}: ${answer.why}`)
      }
      await this.#pause(answer.afterMs ?? FIRST_PAUSE_MS * 2 ** (tries - 1))
    }
  }

  async #once(path: string, { headers, ...request }: Asked): Promise<Once> {
    try {
      const answer = await fetch(this.#base + path, {
        ...request,
        headers: { authorization: `Bearer ${this.#key}`, ...headers },
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      })
      const value = jsonFrom(await textOf(answer))
      if (DONE.has(answer.status) && value !== undefined) return { kind: 'done', value }
      const why = `${answer.status} ${problemIn(value)}`
      if (!AGAIN.has(answer.status)) return { kind: 'refused', why }
      const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
      const afterMs = seconds >= 0 ? Math.min(seconds * 1_000, PAUSE_MS_MAX) : undefined
      return { kind: 'again', why, afterMs }
    } catch (thrown) {
      const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
      return { kind: 'again', why: reasonOf(cause), afterMs: undefined }
    }
  }
}

interface Asked {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

type Once =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'again'; readonly why: string; readonly afterMs: number | undefined }

/** It is done, or was taken: a resolution that somebody else has to agree to. */
const DONE: ReadonlySet<number> = new Set([200, 202])

/** The same request can succeed a moment later. */
const AGAIN: ReadonlySet<number> = new Set([408, 429, 502, 503, 504])

/** A key must not travel where everybody can read it. */
function checkedServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHere = url !== undefined && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere)
  if (url === undefined || !isSafe || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new UsageError('--server is the public address of the server: https, or http on this machine')
  }
  return url.href.replace(/\/$/, '')
}

/**
 * The key of the API: of the file that is named, else of the variable.
 *
 * @throws UsageError when there is none.
 */
export function apiKeyFrom(file: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  const key = file === undefined ? (environment[KEY_VARIABLE] ?? '') : keyIn(file)
  if (/^[A-Za-z0-9._~+/=-]{1,512}$/.test(key)) return key
  const where = file === undefined ? `the variable ${KEY_VARIABLE}` : `the file of --key-file`
  throw new UsageError(`no key of the API stands in ${where}`)
}

function keyIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UsageError(`--key-file: ${reasonOf(error)}`)
  }
}

async function textOf({ body }: Response): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // A proxy's page, or nothing: its status says what there is to say.
    return undefined
  }
}

/** RFC 9457, where the server has answered; a proxy has other words. */
function problemIn(value: unknown): string {
  if (typeof value !== 'object' || value === null) return 'by something that is not this server'
  const { title, detail, code } = value as Readonly<Record<string, unknown>>
  const words = [code, title, detail].filter((word) => typeof word === 'string')
  return words
    .join(': ')
    .replaceAll(/\p{Cc}/gu, '?')
    .slice(0, 500)
}
