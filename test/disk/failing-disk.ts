import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** Which operation fails, and how. */
export interface DiskFault {
  /** From 1. */
  readonly at: number
  readonly code: 'EIO' | 'ENOSPC'
  /** So does every later one. */
  readonly forEver?: boolean
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What it has said, line by line. */
  readonly said: readonly string[]
  readonly complained: string
  /** The fault has struck. */
  readonly struck: boolean
}

const RUN_WITHIN_MS = 30_000

/** A disk that fails as a test says, and whose power can be cut: see disk.c. Linux with gcc only. */
export class FailingDisk implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'counterfoil-disk-'))
  readonly #library = join(this.#folder, 'disk.so')
  #runs = 0

  constructor() {
    const source = fileURLToPath(new URL('./disk.c', import.meta.url))
    try {
      execFileSync(
        'gcc',
        ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', this.#library, source, '-ldl'],
        {
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      )
    } catch (error) {
      const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: Buffer }
      const needs = 'the disk tests need a C compiler: apt-get install gcc libc6-dev'
      throw new Error(code === 'ENOENT' ? needs : `${needs}\n${stderr?.toString() ?? ''}`, { cause: error })
    }
  }

  /** A fresh folder for one run, and what it takes to run in it. */
  newPlace(): Place {
    const folder = join(this.#folder, `run-${++this.#runs}`)
    mkdirSync(join(folder, 'shadow'), { recursive: true })
    return new Place(folder, this.#library)
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** One run's files. */
export class Place implements Disposable {
  readonly folder: string
  readonly #library: string

  constructor(folder: string, library: string) {
    this.folder = folder
    this.#library = library
  }

  /** The file of that name, whose disk may fail. */
  path(name: string): string {
    mkdirSync(join(this.folder, 'disk'), { recursive: true })
    return join(this.folder, 'disk', name)
  }

  /** Runs a program to its end, whichever that is. */
  async run(program: string, argument: string, fault: DiskFault | undefined): Promise<Ended> {
    const struck = join(this.folder, 'struck')
    const child = spawn(process.execPath, ['-C', 'counterfoil-source', program, argument], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        LD_PRELOAD: this.#library,
        DISK_MATCH: join(this.folder, 'disk'),
        DISK_SHADOW: join(this.folder, 'shadow'),
        DISK_STRUCK: struck,
        ...(fault === undefined
          ? {}
          : { DISK_FAIL_AT: String(fault.at), DISK_ERRNO: String(constants.errno[fault.code]) }),
        ...(fault?.forEver === true ? { DISK_FOR_EVER: '1' } : {}),
      },
    })
    const overdue = setTimeout(() => child.kill('SIGKILL'), RUN_WITHIN_MS)
    const [said, complained, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
    ])
    clearTimeout(overdue)
    return { code, signal, said: said.split('\n').slice(0, -1), complained, struck: existsSync(struck) }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Nothing is left but what was flushed. */
  powerCut(): void {
    const disk = join(this.folder, 'disk')
    rmSync(disk, { recursive: true, force: true })
    mkdirSync(disk)
    for (const name of readdirSync(join(this.folder, 'shadow'))) {
      const path = name.replaceAll('!', '/')
      assert.ok(path.startsWith(disk), path)
      copyFileSync(join(this.folder, 'shadow', name), path)
    }
  }
}

/**
 * Runs `work` for the n-th operation, n = `from`, `from` + `every`, ... until a run lives through all of its operations,
 * several at once. Answers how many runs were struck.
 */
export async function untilOneCompletes(
  { from, every }: { readonly from: number; readonly every: number },
  work: (at: number) => Promise<{ readonly struck: boolean }>,
): Promise<number> {
  for (let first = 0; ; first += AT_ONCE) {
    assert.ok(first < RUNS_MAX, 'a run ends')
    const round = Array.from({ length: AT_ONCE }, (_, index) => work(from + (first + index) * every))
    const unstruck = (await Promise.all(round)).findIndex(({ struck }) => !struck)
    if (unstruck >= 0) return first + unstruck
  }
}

const AT_ONCE = 4
const RUNS_MAX = 1_000
