/**
 * Next calls this once in each process that serves, and never in those that build. What an earlier run has left is taken
 * up now, and not with the first request.
 */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { payments } = await import('./lib/counterfoil.ts')
  await payments()
}
