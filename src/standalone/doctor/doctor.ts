import { assemble } from '../assemble.ts'
import type { CheckedConfiguration } from '../check-configuration.ts'
import type { PostgresOptions } from '../../postgres/settings.ts'
import { secretSources } from '../setting.ts'
import { type CheckReport, type CheckResult, type DoctorCheck, ok } from './check.ts'
import { checkCardTesting } from './card-testing-check.ts'
import { checkClock } from './clock-check.ts'
import { checkInquiries } from './inquiry-check.ts'
import { checkJournal } from './journal-check.ts'
import { checkNotifications } from './notification-check.ts'
import { checkPostgres } from './postgres-check.ts'
import { askProviders, type Asked } from './provider-inquiry.ts'
import { runChecks } from './run-checks.ts'
import { checkSecrets } from './secrets-check.ts'
import { checkServer, type ServerState } from './server-check.ts'
import { SimulatorForALook } from './simulator-for-a-look.ts'
import { checkWebhook } from './webhook-check.ts'

export interface DoctorOptions {
  /** The configuration file as people know it. */
  readonly file: string
  /** Imports and checks it. */
  readonly load: () => Promise<CheckedConfiguration>
  /** Sends the webhook's address a signed `ping`; else nothing is sent there. */
  readonly send?: boolean
  /** Told of each check when it is done. */
  readonly tell: (report: CheckReport) => void
}

/** What the later checks have learnt from the earlier ones. */
interface Learnt {
  server: ServerState
  asked: readonly Asked[]
}

/**
 * Looks at everything that a server needs, in the order in which one thing needs another, and changes nothing. A
 * running server is asked, and not disturbed.
 */
export async function doctor({
  file,
  load,
  send = false,
  tell,
}: DoctorOptions): Promise<readonly CheckReport[]> {
  let configuration: CheckedConfiguration | undefined
  const configurationCheck: DoctorCheck = {
    name: 'configuration',
    run: async () => {
      const loaded = await load()
      // Engine, pages and API refuse here what they would refuse at the start.
      assemble(loaded, () => undefined)
      configuration = loaded
      return ok(`${file}: ${loaded.modules.map(({ name }) => name).join(', ')}, at ${loaded.publicUrl}`)
    },
  }
  const first = await runChecks([configurationCheck], tell)
  if (configuration === undefined) return first
  await using simulator = new SimulatorForALook(configuration)
  return [...first, ...(await runChecks(checksOf(configuration, simulator, send), tell))]
}

function checksOf(
  configuration: CheckedConfiguration,
  simulator: SimulatorForALook,
  send: boolean,
): readonly DoctorCheck[] {
  const learnt: Learnt = { server: 'silent', asked: [] }
  const check = (name: string, run: (signal: AbortSignal) => Promise<CheckResult>): DoctorCheck => ({
    name,
    run,
  })
  return [
    check('secrets', async () => checkSecrets(secretSources())),
    check('server', async (signal) => {
      const { state, result } = await checkServer(configuration, signal)
      learnt.server = state
      return result
    }),
    ...(configuration.postgres === undefined
      ? [
          check('journal', async () => checkJournal(configuration, learnt.server)),
          check('card testing', async () => checkCardTesting(configuration)),
        ]
      : [check('database', databaseCheck(configuration.postgres))]),
    check('clock', async () => {
      await simulator.startUnlessThere()
      learnt.asked = await askProviders(configuration.modules)
      return checkClock(learnt.asked)
    }),
    check('inquiry', async () => checkInquiries(learnt.asked)),
    check('notifications', async (signal) => checkNotifications(configuration, learnt.server, signal)),
    check('webhook', async (signal) => checkWebhook(configuration, send, signal)),
    ...configuration.checks,
  ]
}

function databaseCheck(postgres: PostgresOptions): () => Promise<CheckResult> {
  return async () => checkPostgres(postgres)
}
