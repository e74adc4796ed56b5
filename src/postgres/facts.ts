import { booleanIn, textIn } from './column.ts'
import { loadDriver } from './driver.ts'
import { Primary } from './primary.ts'
import { checkedSettings, type PostgresOptions } from './settings.ts'

export interface PostgresFacts {
  /** The server that takes writes, without user and password. */
  readonly label: string
  readonly version: string
  readonly fsync: boolean
  /** As it is set; '' where no standby has to confirm a commit. */
  readonly synchronousStandbys: string
  readonly synchronousCommit: string
}

const FACTS = `SELECT current_setting('server_version') AS version, current_setting('fsync')::boolean AS fsync,
  current_setting('synchronous_standby_names') AS standbys,
  (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit') AS synchronous_commit`

/**
 * What is worth knowing of a database before payments are written to it. It is looked at, and not changed.
 *
 * @throws CF_CONFIG, CF_JOURNAL_UNAVAILABLE
 */
export async function postgresFacts(options: PostgresOptions): Promise<PostgresFacts> {
  const settings = checkedSettings(options)
  const primary = new Primary(await loadDriver(), settings, 'the database')
  const connection = await primary.connect(settings.connectTimeoutMs)
  try {
    const { rows } = await connection.query({ text: FACTS }, settings.readTimeoutMs)
    const [row] = rows
    return {
      label: connection.server.label,
      version: textIn(row, 'version'),
      fsync: booleanIn(row, 'fsync'),
      synchronousStandbys: textIn(row, 'standbys'),
      synchronousCommit: textIn(row, 'synchronous_commit'),
    }
  } finally {
    await connection.close()
  }
}
