import type { Answer } from '../../gateway/gateway.ts'
import { type CheckResult, fail, ok, together, warn } from './check.ts'
import type { Asked } from './provider-inquiry.ts'

/** Whether doubt could be resolved: each account was asked for a random reference, and must say that it has none. */
export function checkInquiries(asked: readonly Asked[]): CheckResult {
  return together(asked.map(checkOne))
}

function checkOne({ modules, account, host, sent, found }: Asked): CheckResult {
  const who = `${modules}: account ${account} at ${host ?? 'no address'}`
  switch (sent.kind) {
    case 'notSent':
      return fail(
        `${who} cannot be reached: ${sent.why}`,
        'Look at the address, the network and the firewall.',
      )
    case 'unknown':
      return fail(`${who} gave no answer: ${sent.why}`, 'Try again; then ask the provider.')
    case 'answered':
      return ofAnswer(who, sent.answer, found)
    default:
      return sent satisfies never
  }
}

function ofAnswer(who: string, { status }: Answer, found: Asked['found']): CheckResult {
  if (status === 401 || status === 403) {
    const todo = 'Look at user name and password, and whether they are those of this environment.'
    return fail(`${who} does not let us in (${status})`, todo)
  }
  switch (found?.kind) {
    case 'not-found':
      return ok(`${who} answers, and knows no random reference`)
    case 'found':
      return warn(
        `${who} says that it knows a random reference`,
        'Ask the provider: its inquiries prove nothing so.',
      )
    default: {
      const todo = 'Ask the provider whether order inquiries are enabled on this account: doubt needs them.'
      return fail(`${who} gives no usable answer (${status}): ${found?.text ?? 'nothing to read'}`, todo)
    }
  }
}
