import { payments } from '../lib/counterfoil.ts'

export const dynamic = 'force-dynamic'

export default async function Page() {
  const { shop } = await payments()
  return (
    <main>
      <form method="post" action="/orders">
        <button>Buy a pound of tea</button>
      </form>
      <ul>
        {shop.orders().map(({ id, isPaid }) => (
          <li key={id}>{`${id}: ${isPaid ? 'paid' : 'not paid'}`}</li>
        ))}
      </ul>
    </main>
  )
}
