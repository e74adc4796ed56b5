import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from '../options.ts'
import { cookieOptions } from '../session.ts'
import { DEFAULT_LANGUAGE } from './texts.ts'
import { type Voice, voiceOf } from './voice.ts'

/** Which language is spoken to whom. */
export interface Voices {
  /** The language that the address asks for, else the one of this visit, else the browser's, else English. */
  of(request: FastifyRequest): Voice
  /** Keeps the language that the address asks for, for the rest of the visit. */
  remember(request: FastifyRequest, reply: FastifyReply): void
  /** The best of our languages for a tag such as `de-AT`; undefined when we have none. */
  match(tag: string): string | undefined
}

/** Browsers send a handful; what comes after that is nobody's language. */
const ACCEPT_CHARACTERS_MAX = 200
const TAG_CHARACTERS_MAX = 35

export function voicesFor(settings: Settings): Voices {
  const { catalogues } = settings
  const cookie = settings.secureCookie ? '__Host-counterfoil-language' : 'counterfoil-language'
  const voices = new Map([...catalogues.keys()].map((tag) => [tag, voiceOf(catalogues, tag)]))
  const standard = voiceOf(catalogues, DEFAULT_LANGUAGE)
  const match = (tag: string): string | undefined => bestOf([...voices.keys()], tag)
  const asked = (request: FastifyRequest): string | undefined => {
    const { language } = (request.query ?? {}) as Record<string, unknown>
    return typeof language === 'string' ? match(language) : undefined
  }
  return {
    match,
    of: (request) => {
      // An address that cannot be decoded fails before cookies are read.
      const cookies = request.cookies as FastifyRequest['cookies'] | null | undefined
      const kept = cookies?.[cookie]
      const tag =
        asked(request) ??
        (kept === undefined ? undefined : match(kept)) ??
        acceptedOf(request.headers['accept-language'])
          .map(match)
          .find((found) => found !== undefined)
      return voices.get(tag ?? DEFAULT_LANGUAGE) ?? standard
    },
    remember: (request, reply) => {
      const tag = asked(request)
      if (tag !== undefined) reply.setCookie(cookie, tag, cookieOptions(settings))
    },
  }
}

/** The same tag, else the same without its last parts, else another region of the same language. */
function bestOf(tags: readonly string[], wanted: string): string | undefined {
  if (wanted.length > TAG_CHARACTERS_MAX || !/^[a-z]{2,8}(-[a-z0-9]{1,8})*$/i.test(wanted)) return undefined
  const parts = wanted.toLowerCase().split('-')
  for (let count = parts.length; count > 0; count--) {
    const prefix = parts.slice(0, count).join('-')
    const found = tags.find((tag) => tag.toLowerCase() === prefix)
    if (found !== undefined) return found
  }
  return tags.find((tag) => tag.toLowerCase().startsWith(`${parts[0]}-`))
}

/** The tags of Accept-Language, the best first; what is refused with `q=0` is left out. */
function acceptedOf(header: string | undefined): readonly string[] {
  return (header ?? '')
    .slice(0, ACCEPT_CHARACTERS_MAX)
    .split(',')
    .map((entry) => {
      const [tag = '', ...rest] = entry.split(';').map((part) => part.trim())
      const quality = rest.find((part) => part.startsWith('q='))?.slice(2)
      return { tag, quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ tag, quality }) => tag !== '' && quality > 0)
    .toSorted((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag)
}
