import { failure } from '../errors.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Payment } from '../payment/state.ts'
import type { EngineNode } from './node.ts'

/** The accounts whose report it is, and how long what happened in them takes to be in one. */
export interface ReportedAccounts {
  readonly accounts: ReadonlySet<string>
  readonly delayMs: number
}

/**
 * The accounts of a provider, or the one that is named. A report is of one account; who has several must say of which
 * where it matters: at the end of a period everything of another account would be missing.
 *
 * @throws CF_QUERY naming the providers or accounts there are.
 */
export function accountsOf(
  node: EngineNode,
  provider: string,
  account: string | undefined,
  needsOne: boolean,
): ReportedAccounts {
  const gateways = [...node.modules.values()].map(({ gateway }) => gateway)
  const known = new Set(gateways.flatMap(({ settlement }) => settlement?.provider ?? []))
  const ofProvider = gateways.filter(({ settlement }) => settlement?.provider === provider)
  if (ofProvider.length === 0) {
    throw failure(
      'CF_QUERY',
      `gateway: '${provider}' has no settlement reports here; there are: ${listed(known)}`,
    )
  }
  const accounts = new Set(ofProvider.map((gateway) => gateway.account))
  if (account !== undefined && !accounts.has(account)) {
    throw failure('CF_QUERY', `account: there is no '${account}'; there are: ${listed(accounts)}`)
  }
  if (account === undefined && needsOne && accounts.size > 1) {
    throw failure('CF_QUERY', `account: a report is of one account, and there are: ${listed(accounts)}`)
  }
  return {
    accounts: account === undefined ? accounts : new Set([account]),
    delayMs: Math.max(...ofProvider.map(delayOf)),
  }
}

function delayOf({ settlement }: Gateway): number {
  return settlement?.delayMs ?? 0
}

/** Whether a payment was made with one of these accounts. */
export function isOfAccounts({ operations }: Payment, { accounts }: ReportedAccounts): boolean {
  return operations.some(({ account }) => accounts.has(account))
}

function listed(names: ReadonlySet<string>): string {
  return names.size === 0 ? 'none' : [...names].join(', ')
}
