import { failure, reasonOf } from '../errors.ts'
import type { Row } from './column.ts'

/*
 * What of the driver is used. Its own types stay out of our declarations: whoever compiles against them may not have it.
 */

export interface Statement {
  /** With a name it is parsed and planned once for each connection. */
  readonly name?: string
  readonly text: string
  readonly values?: readonly unknown[]
}

export interface DriverClient {
  connect(): Promise<unknown>
  query(statement: Statement): Promise<{ readonly rows: readonly Row[] }>
  end(): Promise<void>
  /** Whether the process stays alive for this connection. */
  ref(): void
  unref(): void
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  on(event: 'notice', listener: (notice: Notice) => void): unknown
  on(event: 'notification', listener: (notification: Notification) => void): unknown
}

/** A word of the server that is no error. */
export interface Notice {
  readonly message?: string | undefined
}

export interface Notification {
  readonly channel: string
  readonly payload?: string | undefined
}

export interface Driver {
  readonly Client: new (options: Readonly<Record<string, unknown>>) => DriverClient
}

/**
 * Loads the driver, an optional peer of this package, when a journal opens.
 *
 * @throws CF_CONFIG with the command that installs it
 */
export async function loadDriver(load: () => Promise<unknown> = () => import('pg')): Promise<Driver> {
  try {
    const { default: driver } = (await load()) as { readonly default: Driver }
    return driver
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_MODULE_NOT_FOUND'
    const text = isMissing
      ? 'a journal in PostgreSQL needs its driver: npm install pg'
      : `the driver pg cannot be loaded: ${reasonOf(error)}`
    throw failure('CF_CONFIG', text, {}, error)
  }
}
