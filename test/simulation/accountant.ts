import type { ReconciledBatch } from '../../src/engine/api.ts'
import { worldpaySettlement } from '../../src/gateways/worldpay/settlement.ts'
import { readReport } from '../../src/settlement/csv.ts'
import type { SettlementLine } from '../../src/settlement/line.ts'
import { addFault, type FaultKind, settlementReport } from '../../src/simulators/worldpay/index.ts'
import { Violation } from './invariant.ts'
import { Person, type Surroundings } from './person.ts'
import { SettlementChecks } from './settlement-checks.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const TRIES_MAX = 5
/** When there are reports: in the middle of everything, on the days after, and when a period can be closed. */
const REPORTS_MS = [90 * MINUTE_MS, DAY_MS, 2 * DAY_MS] as const
const CLOSED_AFTER_MS = 6 * DAY_MS

const WRONG: readonly FaultKind[] = [
  'report-line-missing',
  'report-line-late',
  'report-line-twice',
  'report-line-foreign',
  'report-amount-wrong',
]

interface Report {
  readonly name: string
  readonly lines: readonly SettlementLine[]
}

/** Who compares the PSP's settlement reports: some days' or all so far, late, twice, or at two nodes at once. */
export class Accountant extends Person {
  readonly #checks: SettlementChecks
  #reportedUntilMs: number
  #reports = 0

  constructor(at: Surroundings) {
    super(at)
    this.#reportedUntilMs = at.scheduler.startMs
    this.#checks = new SettlementChecks(at.books, at.psp)
  }

  async compares(): Promise<void> {
    const { random, mischief, scheduler } = this.at
    if (!mischief.isOn('report-compared')) return
    for (const afterMs of REPORTS_MS) {
      // Drawn before: for nothing nobody wakes up.
      if (!mischief.happens('report-compared')) continue
      await this.#until(scheduler.startMs + afterMs + random.between(0, 10 * HOUR_MS))
      await this.#compare(random.chance(0.5))
    }
    if (!mischief.happens('report-compared')) return
    await this.#until(scheduler.startMs + CLOSED_AFTER_MS)
    if (await this.#compare(true)) await this.#close()
  }

  /** At the end of a run. */
  check(): void {
    if (this.#reports > 0) this.#checks.checkEnd()
  }

  #until(atMs: number): Promise<void> {
    return this.wait(atMs - this.at.scheduler.nowMs)
  }

  /** True when all of it was compared. */
  async #compare(isWhole: boolean): Promise<boolean> {
    const { mischief, random } = this.at
    const report = await this.#report(isWhole)
    if (mischief.happens('report-late')) await this.wait(random.between(HOUR_MS, DAY_MS))
    const beside = mischief.happens('report-at-two-nodes') ? this.#reads(report) : undefined
    const isRead = await this.#reads(report)
    await beside
    if (isRead && mischief.happens('report-twice')) await this.#reads(report, true)
    return isRead
  }

  async #report(isWhole: boolean): Promise<Report> {
    const { psp, scheduler, mischief, random, fail } = this.at
    const fromMs = isWhole ? scheduler.startMs : this.#reportedUntilMs
    this.#reportedUntilMs = scheduler.nowMs
    if (mischief.happens('report-wrong')) addFault(psp, { kind: random.pick(WRONG) })
    const csv = settlementReport(psp, { fromMs, untilMs: scheduler.nowMs }, scheduler.nowMs) ?? ''
    psp.faults = []
    const lines: SettlementLine[] = []
    for await (const read of readReport(inOnePiece(csv), worldpaySettlement)) {
      if (read.kind === 'line') lines.push(read.line)
      else fail(new Violation('L1', `line ${read.lineNumber} of a report cannot be read`))
    }
    return { name: `report-${++this.#reports}.csv`, lines }
  }

  /** Compared again where it came to nothing. True once it was. */
  async #reads({ name, lines }: Report, isAgain = false): Promise<boolean> {
    if (lines.length === 0) return true
    const batch = await this.#tried(() =>
      this.at.cluster.engine()?.reconcile({ gateway: 'worldpay', report: name, lines }),
    )
    if (batch !== undefined) this.#checks.checkBatch(lines, batch, isAgain)
    this.at.note(`accountant: ${name} with ${lines.length} lines: ${inWords(batch)}`)
    return batch !== undefined
  }

  async #close(): Promise<void> {
    const untilMs = this.at.scheduler.nowMs
    const page = await this.#tried(() =>
      this.at.cluster.engine()?.closeSettlement({ gateway: 'worldpay', untilMs }),
    )
    this.at.note(`accountant: the period is closed, ${page?.missing.length ?? 'no answer'} missing`)
    if (page !== undefined) this.#checks.checkClosed(page)
  }

  async #tried<T>(work: () => Promise<T> | undefined): Promise<T | undefined> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const result = await this.settled(work())
      if (result !== undefined) return result
      await this.wait(this.at.random.between(MINUTE_MS, 20 * MINUTE_MS))
    }
    return undefined
  }
}

// biome-ignore lint/suspicious/useAwait: a stream of one piece waits for nothing.
async function* inOnePiece(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

function inWords(batch: ReconciledBatch | undefined): string {
  return batch === undefined ? 'no answer' : batch.lines.map(({ outcome }) => outcome).join(', ')
}
