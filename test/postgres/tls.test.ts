import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { postgresJournal, type PostgresJournalOptions } from '../../src/journal/postgres/index.ts'
import { checkPostgres } from '../../src/standalone/doctor/postgres-check.ts'
import { until } from './eventually.ts'
import { PostgresServer } from './server.ts'

const CA = 'sslmode=verify-full&sslrootcert='
const ENCRYPTED = `SELECT count(*)::int AS connections, count(*) FILTER (WHERE ssl)::int AS encrypted
  FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE application_name = 'counterfoil counterfoil'`

/** An authority of its own, and a certificate that it has signed for one name. */
class Authority {
  readonly #folder: string
  readonly file: string

  constructor(folder: string, name: string) {
    this.#folder = folder
    this.file = join(folder, `${name}.pem`)
    this.#openssl(name, ['-subj', `/CN=${name}`])
  }

  /** Answers the files without their endings: .pem and .key. */
  sign(name: string, more: readonly string[] = []): string {
    const signed = ['-CA', this.file, '-CAkey', this.file.replace('.pem', '.key')]
    this.#openssl(name, ['-subj', `/CN=${name}`, ...signed, '-addext', `subjectAltName=DNS:${name}`, ...more])
    return join(this.#folder, name)
  }

  #openssl(name: string, more: readonly string[]): void {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc']
    const files = ['-keyout', join(this.#folder, `${name}.key`), '-out', join(this.#folder, `${name}.pem`)]
    execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, ...files, ...more], { stdio: 'pipe' })
  }
}

describe('the connection to a server with a certificate', () => {
  let server: PostgresServer
  let folder: string
  let authority: Authority
  let stranger: Authority
  let client: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-tls-'))
    authority = new Authority(folder, 'authority')
    stranger = new Authority(folder, 'stranger')
    client = authority.sign('encrypted')
    server = await PostgresServer.create()
    install(authority.sign('localhost'))
    // `encrypted` must come encrypted and with a certificate of its own, `open` must not.
    const rules = join(server.folder, 'data', 'pg_hba.conf')
    const asIs = readFileSync(rules, 'utf8')
    const mine = ['hostssl all encrypted all cert', 'host all encrypted all reject']
    writeFileSync(rules, `${mine.join('\n')}\n${asIs}`)
    await server.query('CREATE USER encrypted SUPERUSER')
    await server.query('SELECT pg_reload_conf()')
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  /** As the server's own: nobody else may read its key. */
  function install(certificate: string): void {
    const data = join(server.folder, 'data')
    const { uid, gid } = statSync(data)
    for (const [from, to] of [
      [`${certificate}.pem`, 'server.crt'],
      [`${certificate}.key`, 'server.key'],
      [authority.file, 'root.crt'],
    ] as const) {
      copyFileSync(from, join(data, to))
      chownSync(join(data, to), uid, gid)
      chmodSync(join(data, to), 0o600)
    }
    appendFileSync(join(data, 'postgresql.conf'), "ssl = on\nssl_ca_file = 'root.crt'\n")
  }

  const at = (more: string, host = 'localhost', user = 'postgres'): string =>
    `postgres://${user}@${host}:${server.port}/postgres${more}`

  /** Opens a journal, and answers how many of its connections there are, and how many of them are encrypted. */
  async function connections(
    options: PostgresJournalOptions,
  ): Promise<{ readonly encrypted: number; readonly open: number }> {
    const journal = postgresJournal({ ...options, connectTimeoutMs: 3_000 })
    await journal.open({ nodeId: 'node-1' })
    try {
      await journal.read('p1')
      const [row] = await server.query(ENCRYPTED)
      const encrypted = Number(row?.['encrypted'])
      return { encrypted, open: Number(row?.['connections']) - encrypted }
    } finally {
      await journal.close()
    }
  }

  async function assertEncrypted(options: PostgresJournalOptions): Promise<void> {
    const { encrypted, open } = await connections(options)
    assert.ok(encrypted >= 2 && open === 0, `${encrypted} encrypted, ${open} not`)
  }

  const refusedWith = (options: PostgresJournalOptions, message: RegExp): Promise<void> =>
    assert.rejects(connections(options), { code: 'CF_JOURNAL_UNAVAILABLE', message })

  const UNTRUSTED = /certificate.*; name the certificate of the authority.*sslrootcert=/i

  it('is encrypted, with the authority that has signed it', async () => {
    const ca = readFileSync(authority.file, 'utf8')
    const { port } = server
    await assertEncrypted({ url: at(`?${CA}${authority.file}`) })
    await assertEncrypted({
      connection: { host: 'localhost', port, database: 'postgres', user: 'postgres', ssl: { ca } },
    })
    await assertEncrypted({ url: at(`?${CA}${authority.file}&sslnegotiation=direct`) })
    const own = `&sslcert=${client}.pem&sslkey=${client}.key`
    await assertEncrypted({ url: at(`?${CA}${authority.file}${own}`, 'localhost', 'encrypted') })
  })

  it('is refused where another authority is named, or none, whatever the word for it', async () => {
    await refusedWith({ url: at(`?${CA}${stranger.file}`) }, UNTRUSTED)
    for (const mode of ['verify-full', 'verify-ca', 'require', 'prefer', 'require&uselibpqcompat=true'])
      await refusedWith({ url: at(`?sslmode=${mode}`) }, UNTRUSTED)
    await refusedWith({ url: at('?ssl=true') }, UNTRUSTED)
    const parts = { host: 'localhost', port: server.port, database: 'postgres', user: 'postgres' }
    await refusedWith({ connection: { ...parts, ssl: true } }, UNTRUSTED)
    await refusedWith({ connection: { ...parts, ssl: {} } }, UNTRUSTED)
    const told = await checkPostgres({ url: at('?sslmode=require') })
    assert.match(JSON.stringify(told), UNTRUSTED, 'the doctor says the same')
  })

  it('is refused under a name that does not stand in it', async () => {
    for (const mode of ['verify-full', 'verify-ca', 'require'])
      await refusedWith(
        { url: at(`?sslmode=${mode}&sslrootcert=${authority.file}`, '127.0.0.1') },
        /127\.0\.0\.1.*; connect by a name that stands in its certificate/,
      )
  })

  it('is verified whatever the environment of the process says', async () => {
    const names = { NODE_TLS_REJECT_UNAUTHORIZED: '0', PGSSLMODE: 'require' }
    const before = Object.keys(names).map((name) => [name, process.env[name]] as const)
    Object.assign(process.env, names)
    try {
      await refusedWith({ url: at('') }, UNTRUSTED)
      await refusedWith({ url: at('?sslmode=verify-full') }, UNTRUSTED)
      process.env['PGSSLMODE'] = 'no-verify'
      assert.throws(() => postgresJournal({ url: at('') }), { code: 'CF_CONFIG' })
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    }
  })

  it('is refused at once where it could not be verified, with what to do about it', () => {
    const refused = (options: PostgresJournalOptions, message: RegExp): void =>
      assert.throws(() => postgresJournal(options), { code: 'CF_CONFIG', message })
    refused(
      { url: at('?sslmode=no-verify') },
      /no-verify takes a connection to whoever answers.*sslrootcert=/,
    )
    refused({ url: at('?ssl=no-verify') }, /no-verify/)
    refused({ url: at('?sslmode=verify_full') }, /sslmode must be one of disable, .*verify-full/)
    refused({ url: at(`?${CA}${folder}/nobody.pem`) }, /sslrootcert of url cannot be read.*ENOENT/)
    const parts = { host: 'localhost', database: 'postgres', user: 'postgres' }
    refused(
      { connection: { ...parts, ssl: { rejectUnauthorized: false } } },
      /rejectUnauthorized: false takes/,
    )
  })

  it('is not encrypted where nothing is said, or the server is told not to', async () => {
    for (const more of ['', '?sslmode=disable', '?ssl=0'])
      assert.equal((await connections({ url: at(more) })).encrypted, 0)
    await refusedWith({ url: at('', 'localhost', 'encrypted') }, /no encryption.*pg_hba\.conf/)
    server.configure({ ssl: 'off' })
    await server.query('SELECT pg_reload_conf()')
    await until(async () => (await server.query('SHOW ssl'))[0]?.['ssl'] === 'off')
    await refusedWith({ url: at(`?${CA}${authority.file}`) }, /does not support SSL.*; set ssl = on/)
  })
})
