/**
 * Ends this process in order on SIGTERM, and at once when whoever started it is gone: its standard input ends with that
 * process, so that nothing is left behind.
 */
export function endsWithItsParent(end: () => Promise<void>): void {
  process.once('SIGTERM', () => {
    end().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
        process.exit(1)
      },
    )
  })
  process.stdin.resume().once('end', () => process.kill(process.pid, 'SIGKILL'))
}
