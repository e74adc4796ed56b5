import { isCharge } from '../../src/payment/state.ts'
import type { Books } from './books.ts'
import type { Mischief } from './mischief.ts'
import type { Scheduler } from './scheduler.ts'

const IDENTIFIER = /(payment )?([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})/g

/** What happens in a run, told to a person: when since its beginning, who, and what. */
export class Story {
  readonly #print: (line: string) => void
  readonly #names = new Map<string, string>()
  #payments = 0
  #operations = 0

  constructor(print: (line: string) => void, scheduler: Scheduler, mischief: Mischief) {
    this.#print = print
    mischief.note = (who, line) => {
      const mark = who === 'fault' ? '*' : ' '
      print(`${elapsed(scheduler.nowMs - scheduler.startMs)} ${mark} ${who.padEnd(11)} ${this.#named(line)}`)
    }
  }

  /** What it all came to. */
  tellEnd(books: Books): void {
    for (const { payment, version } of books.payments.values()) {
      const { paymentId, orderId, module, status, cases } = payment
      this.#tell(`payment ${paymentId} of ${orderId} by '${module}' is ${status} at v${version}`)
      for (const { kind, reference, state } of payment.operations) {
        this.#tell(`    ${kind} ${reference} is '${state}'`)
      }
      for (const { reason, text } of cases) this.#tell(`    case '${reason}': ${text}`)
      for (const charge of payment.operations.filter((operation) => isCharge(operation))) {
        const ledger = books.ledger(charge.reference)
        if (ledger === undefined) continue
        const { executions, liveMinor, lastEvent } = ledger
        this.#tell(
          `    the PSP has ${charge.reference}: ${executions} executions, live ${liveMinor}, ${lastEvent}`,
        )
      }
    }
  }

  #tell(line: string): void {
    this.#print(this.#named(line))
  }

  /** Long identifiers have short names: P1 is the first payment, R1 the first reference at the PSP. */
  #named(line: string): string {
    return line.replaceAll(IDENTIFIER, (_found, payment: string | undefined, identifier: string) => {
      const name =
        this.#names.get(identifier) ??
        (payment === undefined ? `R${++this.#operations}` : `P${++this.#payments}`)
      this.#names.set(identifier, name)
      return name
    })
  }
}

/** `+2d 03:04:05.678` */
function elapsed(ms: number): string {
  const days = Math.floor(ms / 86_400_000)
  const clock = new Date(ms % 86_400_000).toISOString().slice(11, 23)
  return `${days === 0 ? '   ' : `+${days}d`} ${clock}`
}
