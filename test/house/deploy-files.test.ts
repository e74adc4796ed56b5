import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { validate } from 'dockerfile-utils'
import { root, textOf } from '../../scripts/program.ts'
import { commands } from '../../src/cli/commands.ts'
import { freePort } from '../../src/standalone/server-folder.test-data.ts'

const READY_WITHIN_MS = 30_000
const { devDependencies } = JSON.parse(textOf('package.json')) as {
  readonly devDependencies: Readonly<Record<string, string>>
}
const dockerfile = textOf('examples/server/Dockerfile')
const compose = textOf('examples/server/compose.yaml')
/** Every name that the example's configuration reads. */
const settings = new Set(
  ['counterfoil.config.ts', 'provider.ts'].flatMap((file) =>
    [...textOf(`examples/server/${file}`).matchAll(/[sS]etting\('([A-Z_]+)'/g)].map(([, name = '']) => name),
  ),
)
/** Beside them, what the runtime reads. */
const OTHERS = new Set(['NODE_ENV'])

const isRead = (name: string): boolean => OTHERS.has(name) || settings.has(name.replace(/_FILE$/, ''))

/** Instructions of the Dockerfile, with continued lines joined and comments left out. */
const instructions = dockerfile
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line)?.slice(1) ?? [])
  .map(([name = '', rest = '']) => ({ name, rest: rest.trim() }))

const ofName = (name: string): readonly string[] =>
  instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest)

/** The words of an instruction in its JSON form, which no shell stands between. */
const wordsOf = (text: string): readonly string[] =>
  JSON.parse(text.slice(text.indexOf('['))) as readonly string[]

describe('the Dockerfile of the server', () => {
  it('has nothing that its linter would say', () => {
    assert.deepEqual(validate(dockerfile), [])
  })

  it('runs the exact Node of this repository, not as root, and says how it is stopped and looked after', () => {
    const images = ofName('FROM').map((from) => from.split(' ')[0])
    assert.deepEqual(new Set(images), new Set([`node:${devDependencies['node']}-bookworm-slim`]))
    const last = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'))
    const names = last.map(({ name }) => name)
    assert.equal(last.findLast(({ name }) => name === 'USER')?.rest, 'node')
    assert.ok(names.lastIndexOf('RUN') < names.indexOf('USER'), 'nothing runs as root in the container')
    for (const name of ['HEALTHCHECK', 'VOLUME', 'EXPOSE']) assert.ok(names.includes(name), name)
    assert.deepEqual(ofName('STOPSIGNAL'), ['SIGTERM'])
    const variables = (ofName('ENV')[0] ?? '').split(' ').map((pair) => pair.split('=')[0] ?? '')
    assert.deepEqual(
      variables.filter((name) => !isRead(name)),
      [],
    )
  })

  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-image-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('builds what runs: its own commands, in folders that have what it copies, and its own health check', async () => {
    const stages = { build: join(folder, 'build'), last: join(folder, 'app') }
    for (const stage of Object.values(stages)) mkdirSync(stage)
    const [first, second] = [
      instructions.findIndex(({ name }) => name === 'FROM'),
      instructions.findLastIndex(({ name }) => name === 'FROM'),
    ]
    for (const { name, rest } of instructions.slice(first, second)) {
      if (name === 'COPY') copyAll(rest, root, stages.build)
      // The packages come from the registry there; here they are those of the repository.
      if (name === 'RUN' && wordsOf(rest)[0] === 'npm') linkPackages(stages.build)
      if (name === 'RUN' && wordsOf(rest)[0] === 'node') {
        const built = spawnSync(process.execPath, wordsOf(rest).slice(1), {
          cwd: stages.build,
          encoding: 'utf8',
        })
        assert.equal(built.status, 0, built.stderr)
      }
    }
    for (const { name, rest } of instructions.slice(second)) {
      if (name !== 'COPY') continue
      if (rest.startsWith('--from=build ')) copyAll(rest.replace('--from=build ', ''), folder, stages.last)
      else copyAll(rest, root, stages.last)
    }
    await runs(stages.last)
  })

  /** `SOURCE... TARGET`; a file or folder that is not there is an error, as it is in the real build. */
  function copyAll(rest: string, from: string, to: string): void {
    const words = rest.split(' ')
    const target = words.at(-1) ?? '.'
    for (const source of words.slice(0, -1)) {
      const name = source.split('/').at(-1) ?? source
      if (name === 'node_modules') linkPackages(to)
      else
        cpSync(join(from, source), target === './' ? join(to, name) : join(to, target), { recursive: true })
    }
  }

  function linkPackages(to: string): void {
    if (!existsSync(join(to, 'node_modules')))
      symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'))
  }

  async function runs(app: string): Promise<void> {
    const port = await freePort()
    const environment = {
      ...process.env,
      ...Object.fromEntries((ofName('ENV')[0] ?? '').split(' ').map((pair) => pair.split('='))),
      DATA_FOLDER: join(folder, 'data'),
      LISTEN_HOST: '127.0.0.1',
      LISTEN_PORT: String(port),
      PUBLIC_URL: `http://localhost:${port}/pay`,
      SIMULATOR_PORT: String(await freePort()),
    }
    const [entry = '', command = ''] = [ofName('ENTRYPOINT')[0], ofName('CMD')[0]]
    const argv = [...wordsOf(entry), ...wordsOf(command)]
    assert.equal(argv[0], 'node')
    const server = spawn(process.execPath, argv.slice(1), {
      cwd: app,
      env: environment,
      timeout: 60_000,
      killSignal: 'SIGKILL',
    })
    let printed = ''
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    const ended = new Promise((resolve) => server.once('close', resolve))
    const untilMs = performance.now() + READY_WITHIN_MS
    while (
      !printed.includes('Counterfoil listens on') &&
      performance.now() < untilMs &&
      server.exitCode === null
    )
      await sleep(20)
    const health = wordsOf(ofName('HEALTHCHECK')[0] ?? '').map((word) => word.replace('3080', String(port)))
    const healthy = spawnSync(process.execPath, health.slice(1), { encoding: 'utf8', timeout: 20_000 })
    assert.equal(healthy.status, 0, printed + healthy.stderr)
    server.kill('SIGTERM')
    assert.equal(await ended, 0, printed)
    assert.notEqual(spawnSync(process.execPath, health.slice(1), { timeout: 20_000 }).status, 0)
  }
})

describe('the compose file of the server', () => {
  it('has nothing that its linter would say', () => {
    const linter = join(root, 'node_modules/.bin/dclint')
    const options = ['--max-warnings', '0', 'examples/server/compose.yaml']
    const { status, stdout } = spawnSync(process.execPath, [linter, ...options], {
      cwd: root,
      encoding: 'utf8',
    })
    assert.equal(status, 0, stdout)
  })

  it('gives the container nothing that it does not need', () => {
    for (const line of [
      'read_only: true',
      '- ALL',
      '- no-new-privileges:true',
      'restart: unless-stopped',
      'core: 0',
    ]) {
      assert.ok(compose.includes(line), line)
    }
    assert.match(compose, /- host_ip: 127\.0\.0\.1\n +published: 3080\n/)
  })

  it('sets what the configuration reads, and hands every secret over as a file', () => {
    const given = [...compose.matchAll(/^ {6}([A-Z_]+):/gm)].map(([, name = '']) => name)
    assert.ok(given.length > 10, 'variables were found')
    assert.deepEqual(
      given.filter((name) => !isRead(name)),
      [],
    )
    assert.deepEqual(
      given.filter((name) => /SECRET|PASSWORD|KEY/.test(name) && !name.endsWith('_FILE')),
      [],
    )
    const mounted = [...compose.matchAll(/\/run\/secrets\/([a-z-]+)/g)]
      .map(([, name = '']) => name)
      .toSorted()
    const listed = [...compose.matchAll(/^ {6}- ([a-z]+(?:-[a-z]+)+)$/gm)]
      .map(([, name = '']) => name)
      .toSorted()
    const defined = [...compose.matchAll(/file: secrets\/([a-z-]+)/g)].map(([, name = '']) => name).toSorted()
    assert.deepEqual([listed, defined], [mounted, mounted])
  })
})

describe('the systemd unit of the server', () => {
  const entries = textOf('examples/server/counterfoil.service')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const sections = new Map<string, (readonly [string, string])[]>()
  let section = ''
  for (const line of entries) {
    section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? []
    if (key !== undefined && value !== undefined)
      sections.set(section, [...(sections.get(section) ?? []), [key, value]])
    else assert.match(line, /^\[\w+\]$/, line)
  }
  const service = sections.get('Service') ?? []
  const values = (key: string): readonly string[] =>
    service.filter(([name]) => name === key).map(([, value]) => value)

  it('has its three sections, and starts after the network and the clock', () => {
    assert.deepEqual([...sections.keys()], ['Unit', 'Service', 'Install'])
    assert.match(
      sections.get('Unit')?.find(([key]) => key === 'After')?.[1] ?? '',
      /network-online\.target time-sync\.target/,
    )
  })

  it('starts a command that there is, and waits for payments before it kills', () => {
    const [program, file, name, ...options] = values('ExecStart')[0]?.split(' ') ?? []
    assert.deepEqual([program, file], ['/usr/bin/node', 'node_modules/counterfoil/dist/cli/main.js'])
    assert.ok(commands.some((command) => command.name === name))
    assert.deepEqual(options, [])
    assert.ok(Number(values('TimeoutStopSec')[0]) > 45)
  })

  it('is closed up: every door that systemd can close is said to be closed', () => {
    const closed = {
      DynamicUser: 'yes',
      ProtectSystem: 'strict',
      ProtectHome: 'yes',
      NoNewPrivileges: 'yes',
      PrivateTmp: 'yes',
      PrivateDevices: 'yes',
      CapabilityBoundingSet: '',
      StateDirectoryMode: '0700',
      UMask: '0077',
      LimitCORE: '0',
      SystemCallFilter: '@system-service',
    }
    for (const [key, value] of Object.entries(closed)) assert.deepEqual(values(key), [value], key)
    // The JIT of the runtime writes code.
    assert.deepEqual(values('MemoryDenyWriteExecute'), [])
  })

  it('hands secrets over as credentials, under the names that the configuration reads', () => {
    const variables = values('Environment').map((pair) => pair.split('=') as [string, string])
    assert.deepEqual(
      variables.map(([name]) => name).filter((name) => !isRead(name)),
      [],
    )
    const used = variables.flatMap(([, value]) => /^%d\/(.*)$/.exec(value)?.[1] ?? []).toSorted()
    assert.deepEqual(
      used,
      values('LoadCredential')
        .map((value) => value.split(':')[0] ?? '')
        .toSorted(),
    )
    assert.deepEqual(
      variables.filter(([name, value]) => /SECRET|PASSWORD|KEY/.test(name) && !value.startsWith('%d/')),
      [],
    )
  })
})
