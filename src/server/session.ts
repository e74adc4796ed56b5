import { randomBytes } from 'node:crypto'
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from './options.ts'

/** The browser's session: a random name in a cookie and nothing else. Nothing is stored for it on our side. */
export interface Sessions {
  read(request: FastifyRequest): string | undefined
  /** The session that there is, or a new one whose cookie goes out with the reply. */
  readOrBegin(request: FastifyRequest, reply: FastifyReply): string
}

const SESSION = /^[A-Za-z0-9_-]{24}$/

export function sessionsFor(settings: Settings): Sessions {
  // `__Host-` binds the cookie to this host, over https or on this machine: no subdomain can plant one.
  const name = settings.secureCookie ? '__Host-counterfoil' : 'counterfoil'
  const read = (request: FastifyRequest): string | undefined => {
    const value = request.cookies[name]
    return value !== undefined && SESSION.test(value) ? value : undefined
  }
  return {
    read,
    readOrBegin: (request, reply) => {
      const present = read(request)
      if (present !== undefined) return present
      const session = randomBytes(18).toString('base64url')
      reply.setCookie(name, session, cookieOptions(settings))
      return session
    },
  }
}

/** Every cookie of ours: for the visit, for this host, for no script and for no other site's forms. */
export function cookieOptions({ secureCookie }: Settings): CookieSerializeOptions {
  return { path: '/', httpOnly: true, secure: secureCookie, sameSite: 'lax' }
}
