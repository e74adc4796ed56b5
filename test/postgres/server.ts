import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, chownSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { placeBinaries } from './binaries.ts'

/** The user nobody: PostgreSQL refuses to run as root. */
const NOBODY = 65_534
const READY_WITHIN_MS = 30_000
const run = promisify(execFile)

/** Whatever becomes of this process, its end closes the pipe, and then the server and its folder go too. */
const WATCHDOG = `trap '' INT TERM HUP
cat > /dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2> /dev/null)
ours() { [ -n "$pid" ] && { cat "/proc/$pid/cmdline" || ps -o args= -p "$pid"; } 2> /dev/null | grep -qa -- "$1/data"; }
ours "$1" && kill -QUIT "$pid"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ours "$1" || break; sleep 0.1; done
rm -rf "$1"`

export type ServerSettings = Readonly<Record<string, string | number>>

/** A real PostgreSQL server with a data folder of its own, on this machine only. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number
  readonly folder: string
  readonly #watchdog: ChildProcess
  readonly #environment: NodeJS.ProcessEnv
  #process: ChildProcess | undefined

  private constructor(folder: string, port: number, environment: NodeJS.ProcessEnv) {
    this.folder = folder
    this.port = port
    this.#environment = environment
    this.#watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    this.#watchdog.unref()
  }

  /** A new server, empty but for the database `postgres`. `environment` is added to that of its process. */
  static async create(
    settings: ServerSettings = {},
    environment: NodeJS.ProcessEnv = {},
  ): Promise<PostgresServer> {
    const server = new PostgresServer(newFolder(), await freePort(), environment)
    return server.#orGone(async () => {
      placeBinaries(server.folder)
      const options = [
        '-U',
        'postgres',
        '-A',
        'trust',
        '-E',
        'UTF8',
        '--locale=C',
        '--no-sync',
        '--wal-segsize=4',
      ]
      await run(server.#bin('initdb'), ['-D', server.#data, ...options], asNobody())
      server.configure({
        listen_addresses: '127.0.0.1',
        port: server.port,
        unix_socket_directories: server.folder,
        shared_buffers: '32MB',
        wal_level: 'replica',
        wal_retrieve_retry_interval: '100ms',
        ...settings,
      })
      await server.start()
    })
  }

  /** A server that follows this one and can take its place. This one is stopped for the moment of the copy. */
  async standby(name: string, environment: NodeJS.ProcessEnv = {}): Promise<PostgresServer> {
    const standby = new PostgresServer(newFolder(), await freePort(), environment)
    return standby.#orGone(async () => {
      await this.stop('INT')
      placeBinaries(standby.folder)
      await run('cp', ['-a', this.#data, standby.#data], asNobody())
      await this.start()
      writeFileSync(join(standby.#data, 'standby.signal'), '')
      standby.configure({
        port: standby.port,
        unix_socket_directories: standby.folder,
        primary_conninfo: `host=127.0.0.1 port=${this.port} user=postgres application_name=${name}`,
      })
      await standby.start()
    })
  }

  /** Appends to the configuration; what stands there twice counts as it stands last. */
  configure(settings: ServerSettings): void {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`)
    appendFileSync(join(this.#data, 'postgresql.conf'), lines.join(''))
  }

  /** Starts it, and waits until it takes connections. After a crash it recovers first. */
  async start(): Promise<void> {
    const untilMs = performance.now() + READY_WITHIN_MS
    for (;;) {
      this.#process ??= this.#spawn()
      try {
        await this.query('SELECT 1')
        return
      } catch (error) {
        if (performance.now() > untilMs) throw new Error(`no PostgreSQL:\n${this.log()}`, { cause: error })
        await sleep(20)
      }
    }
  }

  /** INT ends it in order, QUIT at once, so that it has to recover; KILL leaves it no word at all. */
  async stop(signal: 'INT' | 'QUIT' | 'KILL' = 'INT'): Promise<void> {
    const child = this.#process
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.ref()
    const backends = signal === 'KILL' ? childrenOf(child) : []
    child.kill(`SIG${signal}`)
    // They would only notice after a while that it is gone, and answer until then.
    for (const pid of backends) killIfThere(pid)
    await ended
  }

  async promote(): Promise<void> {
    await this.query('SELECT pg_promote(wait => true)')
  }

  url(database = 'postgres', port = this.port): string {
    return `postgres://postgres@127.0.0.1:${port}/${database}`
  }

  /** One statement on a connection of its own. */
  async query(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    return queryOnce(this.url(), text, values)
  }

  log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('QUIT')
    if (this.#watchdog.exitCode !== null) return
    const gone = once(this.#watchdog, 'exit')
    this.#watchdog.ref()
    this.#watchdog.stdin?.end()
    await gone
  }

  get #data(): string {
    return join(this.folder, 'data')
  }

  #bin(name: string): string {
    return join(this.folder, 'native/bin', name)
  }

  #spawn(): ChildProcess {
    const child = spawn(this.#bin('postgres'), ['-D', this.#data], {
      ...asNobody(),
      env: { ...process.env, ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const log = join(this.folder, 'log')
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => appendFileSync(log, chunk))
    child.once('exit', () => {
      if (this.#process === child) this.#process = undefined
    })
    // Nothing of it keeps this process alive: the watchdog ends what is left over.
    child.unref()
    for (const stream of [child.stdout, child.stderr]) (stream as unknown as { unref(): void }).unref()
    return child
  }

  async #orGone(work: () => Promise<void>): Promise<this> {
    try {
      await work()
      return this
    } catch (error) {
      await this[Symbol.asyncDispose]()
      throw error
    }
  }
}

/** One statement on a connection of its own. */
export async function queryOnce(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  // A server that goes away meanwhile is told by the query.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(text, [...values])).rows
  } finally {
    await client.end()
  }
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-postgres-'))
  chmodSync(folder, 0o755)
  const { uid, gid } = asNobody()
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  return folder
}

function asNobody(): { readonly uid?: number; readonly gid?: number } {
  return process.geteuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

function childrenOf({ pid }: ChildProcess): readonly number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return list.split(' ').filter(Boolean).map(Number)
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
