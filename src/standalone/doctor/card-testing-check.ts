import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import { reasonOf } from '../../errors.ts'
import { sqliteTries } from '../../server/tries/sqlite-tries.ts'
import { TRIES_FILE } from '../assemble.ts'
import type { CheckedConfiguration } from '../check-configuration.ts'
import { type CheckResult, fail, ok, together, warn } from './check.ts'
import { isLoopback } from './own-address.ts'

const HOUR_MS = 3_600_000

/** Whether tries can be counted, and by whose address. */
export async function checkCardTesting(configuration: CheckedConfiguration): Promise<CheckResult> {
  const path = join(configuration.dataFolder, TRIES_FILE)
  return together([await countIn(path), ...addressesOf(configuration)])
}

/** Opens the file as the server does, beside it, and looks one count up. Nothing is counted. */
async function countIn(path: string): Promise<CheckResult> {
  if (!existsSync(path)) return ok(`${path} is made at the first start`)
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    const tries = sqliteTries(path)
    try {
      await tries.full([{ name: 'doctor', max: 1, withinMs: HOUR_MS }], Date.now())
      return ok(`${path} opens`)
    } finally {
      await tries.close()
    }
  } catch (thrown) {
    return fail(
      reasonOf(thrown),
      `Look at the file. It may be deleted while the server is stopped: counts begin anew.`,
    )
  }
}

/** Behind a proxy that is not named, all payers are one. */
function addressesOf({ publicUrl, trustProxy }: CheckedConfiguration): readonly CheckResult[] {
  const { protocol, hostname } = new URL(publicUrl)
  if (trustProxy !== undefined || protocol === 'http:' || isLoopback(hostname)) return []
  const todo =
    "Name the proxy where TLS ends in trustProxy, such as ['127.0.0.1']: else its limit stops all payers at once."
  return [warn('every payer seems to come from the address of the proxy', todo)]
}
