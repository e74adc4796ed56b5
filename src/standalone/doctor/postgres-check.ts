import { reasonOf } from '../../errors.ts'
import { postgresFacts } from '../../postgres/facts.ts'
import type { PostgresOptions } from '../../postgres/settings.ts'
import { type CheckResult, fail, ok, together, warn } from './check.ts'

/** Whether the database is there, lets us in, takes writes, and how much of it would survive the loss of its machine. */
export async function checkPostgres(postgres: PostgresOptions): Promise<CheckResult> {
  try {
    const { label, version, fsync, synchronousStandbys, synchronousCommit } = await postgresFacts(postgres)
    const results = [ok(`PostgreSQL ${version} at ${label} takes writes`)]
    if (!fsync) {
      results.push(fail('fsync is off: it loses payments when its machine fails', 'Set fsync = on.'))
    }
    if (synchronousStandbys === '') {
      const todo =
        'Name a standby in synchronous_standby_names, if payments must survive the loss of this machine.'
      results.push(warn('no standby has to confirm a commit', todo))
    } else if (synchronousCommit === 'local' || synchronousCommit === 'off') {
      const text = `synchronous_commit is ${synchronousCommit} for others; the journal sets its own`
      results.push(ok(text))
    }
    return together(results)
  } catch (thrown) {
    return fail(
      reasonOf(thrown),
      'Look whether the database runs, and whether address, user and password are right.',
    )
  }
}
