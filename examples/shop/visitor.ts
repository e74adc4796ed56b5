import { createHmac, timingSafeEqual } from 'node:crypto'
import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ShopError } from './shop-error.ts'
import { isRandomId, randomId } from './random-id.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** This browser: the basket and the orders are its. */
    visitor: string
  }
}

const COOKIE = 'stub-and-quill'
const COOKIE_AGE_S = 365 * 24 * 60 * 60

export interface VisitorOptions {
  readonly secret: string
  /** Forms must come from pages of this origin. */
  readonly origin: string
}

/**
 * Knows browsers by a cookie: a name with more than 128 random bits, sealed, so that only names that were given here
 * count. Every POST must carry the token of its browser, and come from a page of this shop.
 */
export async function addVisitors(app: FastifyInstance, { secret, origin }: VisitorOptions): Promise<void> {
  await app.register(cookie, { secret })
  app.decorateRequest('visitor', '')
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/assets/')) return
    const sealed = request.cookies[COOKIE]
    const opened = sealed === undefined ? undefined : request.unsignCookie(sealed)
    if (opened?.valid === true && isRandomId(opened.value)) {
      request.visitor = opened.value
      return
    }
    request.visitor = randomId()
    reply.setCookie(COOKIE, request.visitor, {
      signed: true,
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: origin.startsWith('https:'),
      maxAge: COOKIE_AGE_S,
    })
  })
  app.addHook('preHandler', async (request) => {
    if (request.method === 'GET' || request.method === 'HEAD') return
    const site = request.headers['sec-fetch-site']
    const from = request.headers.origin
    const foreign = (site !== undefined && site !== 'same-origin') || (from !== undefined && from !== origin)
    if (foreign || !fits(tokenOf(secret, request.visitor), sentToken(request))) {
      throw new ShopError(
        403,
        'This form has expired',
        'Open the page again and send the form from there. Nothing was changed.',
      )
    }
  })
}

/** The token that this browser's forms carry. */
export function tokenOf(secret: string, visitor: string): string {
  return createHmac('sha256', secret).update(`form of ${visitor}`).digest('base64url')
}

function sentToken({ body }: FastifyRequest): string {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'token')) return ''
  const { token } = body as { readonly token: unknown }
  return typeof token === 'string' ? token : ''
}

function fits(expected: string, sent: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(sent)]
  return a.length === b.length && timingSafeEqual(a, b)
}
