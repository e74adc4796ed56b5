import { failure } from '../../errors.ts'
import type { Answer, DeviceData, Fresh, Handover, Outcome, PayerPage, Visit } from '../../gateway/gateway.ts'
import { onlyChild } from '../../gateway/xml.ts'
import type { XmlElement } from '../../gateway/xml.ts'
import { note } from './envelope.ts'
import { signedJwt } from './jwt.ts'
import { machineCookieOf } from './machine-cookie.ts'
import { isTrustworthy } from './option-checks.ts'
import type { Seal } from './seal.ts'
import type { ThreeDSecureConfig } from './three-d-secure-options.ts'

/*
 * 3-D Secure 2 ("3DS Flex", psp-protocols 1.6): the device is looked at, the first leg asks, the payer proves who they
 * are on the issuer's page, the second leg charges.
 */

/** What reading and sending the legs takes: the merchant's 3-D Secure, and the seal of the machine's cookie. */
export interface Authentication {
  readonly config: ThreeDSecureConfig
  readonly seal: Seal
}

const ADDRESS_MAX = 2_048
const PAYLOAD_MAX = 8_000
const ID_MAX = 128

/** `challengeRequired` of a leg's answer; undefined when something that the payer's browser needs is missing. */
export function challengeOutcome(
  required: XmlElement,
  answer: Answer,
  { reference, handover }: { readonly reference: string; readonly handover: Handover | undefined },
  { seal }: Authentication,
): Outcome | undefined {
  const details = onlyChild(required, 'threeDSChallengeDetails')
  const text = (name: string, lengthMax: number): string | undefined => {
    const said = onlyChild(details, name)?.text.trim() ?? ''
    return said === '' || said.length > lengthMax ? undefined : said
  }
  const acsUrl = text('acsURL', ADDRESS_MAX)
  const payload = text('payload', PAYLOAD_MAX)
  const transactionId = text('transactionId3DS', ID_MAX)
  const version = text('threeDSVersion', 20)
  const address = acsUrl === undefined ? null : URL.parse(acsUrl)
  if (acsUrl === undefined || payload === undefined || transactionId === undefined) return undefined
  if (address === null || !isTrustworthy(address)) return undefined
  const machine = machineCookieOf(answer.headers)
  // A newer cookie replaces the older; where none came, the one before still holds.
  const sealed = machine === undefined ? handover?.['machine'] : seal.close(machine, reference)
  return {
    kind: 'challenge',
    text: note(`the payer must prove who they are (3-D Secure ${version ?? '2'})`),
    echo: { reference },
    handover: Object.freeze({
      kind: 'challenge',
      acsUrl,
      payload,
      transactionId,
      ...(version === undefined ? {} : { version }),
      ...(sealed === undefined ? {} : { machine: sealed }),
    }),
  }
}

/**
 * The headers of the second leg: the machine that had the first one.
 *
 * @throws CF_PAYMENT_STATE when there was no challenge: a card request is never sent again.
 */
export function secondLegHeaders(
  reference: string,
  handover: Handover | undefined,
  authentication: Authentication | undefined,
): Readonly<Record<string, string>> {
  if (authentication === undefined) throw failure('CF_PAYMENT_STATE', NOT_CHALLENGED)
  const { machine } = challengeOf(handover)
  return machine === undefined ? {} : { cookie: `machine=${authentication.seal.open(machine, reference)}` }
}

/**
 * Where the payer's browser proves who they are: Worldpay's page, which hands on to the issuer's.
 *
 * @throws CF_PAYMENT_STATE when there is no challenge to go to.
 */
export function challengePage(handover: Handover, visit: Visit, { config }: Authentication): PayerPage {
  const { acsUrl, payload, transactionId } = challengeOf(handover)
  const jwt = tokenOf(config, visit.fresh, {
    ReturnUrl: visit.returnUrls.challenge,
    ObjectifyPayload: true,
    Payload: { ACSUrl: acsUrl, Payload: payload, TransactionId: transactionId },
  })
  return {
    method: 'POST',
    url: config.challengeUrl,
    fields: { JWT: jwt, MD: visit.reference },
    framed: true,
  }
}

/** The form that has the payer's device looked at, before the first leg. */
export function deviceDataForm(config: ThreeDSecureConfig, fresh: Fresh): DeviceData {
  return {
    url: config.ddcUrl,
    fields: { JWT: tokenOf(config, fresh, {}) },
    cardPrefixField: 'Bin',
    messageOrigin: new URL(config.ddcUrl).origin,
    sessionMember: 'SessionId',
  }
}

const NOT_CHALLENGED = 'its payer was not asked to prove who they are'

function challengeOf(handover: Handover | undefined): Handover {
  if (handover?.['kind'] === 'challenge') return handover
  throw failure('CF_PAYMENT_STATE', NOT_CHALLENGED)
}

/** The payer's browser is there within seconds. */
const TOKEN_VALID_SECONDS = 600

function tokenOf(
  { issuer, orgUnitId, secret }: ThreeDSecureConfig,
  { nowMs, nonce }: Fresh,
  claims: Readonly<Record<string, unknown>>,
): string {
  const nowSeconds = Math.floor(nowMs / 1_000)
  return signedJwt(
    {
      jti: nonce,
      iat: nowSeconds,
      iss: issuer,
      exp: nowSeconds + TOKEN_VALID_SECONDS,
      OrgUnitId: orgUnitId,
      ...claims,
    },
    secret,
  )
}
