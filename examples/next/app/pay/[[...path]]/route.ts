import { payments } from '../../../lib/counterfoil.ts'

async function answer(request: Request): Promise<Response> {
  const { pages } = await payments()
  return pages.fetch(request)
}

export { answer as GET, answer as POST }
