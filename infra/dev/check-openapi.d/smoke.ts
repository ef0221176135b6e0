// A conversation through the client that was made from the document: it compiles only if the document has what clients need, and ends
// well only if the program does what the document says.
import createClient from 'openapi-fetch'
import type { paths } from './schema.js'

declare const process: { argv: string[] }
const baseUrl = process.argv[2]
if (!baseUrl) throw new Error('smoke BASE')

function good<T>(what: string, answer: { data?: T; error?: unknown; response: Response }): T {
  if (!answer.response.ok || answer.data === undefined) {
    throw new Error(`${what}: ${answer.response.status} ${JSON.stringify(answer.error)}`)
  }
  return answer.data
}

function is(what: string, found: unknown, wanted: unknown) {
  if (found !== wanted) throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`)
}

async function person(name: string) {
  const anyone = createClient<paths>({ baseUrl })
  const email = `${name}.${Date.now()}@example.com`
  const password = 'correct-horse-1'
  good('register', await anyone.POST('/api/auth/register', { body: { email, password, nickname: name } }))
  const session = good('log in', await anyone.POST('/api/auth/login', { body: { email, password } }))
  const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${session.access_token}` } })
  return { id: session.user_id, client }
}

const ann = await person('ann')
const bob = await person('bob')

const me = good('profile', await ann.client.GET('/api/profile'))
is('the nickname', me.nickname, 'ann')
const request = good('ask', await ann.client.POST('/api/friends/request', { body: { to_user_id: bob.id } }))
good('accept', await bob.client.POST('/api/friends/{id}/accept', { params: { path: { id: request.id } } }))
const room = good('open', await ann.client.GET('/api/chat-rooms/check/{user_id}', { params: { path: { user_id: bob.id } } }))
const header = { 'Idempotency-Key': 'once' }
const body = { room_id: room.id, content: 'lunch?' }
const answer = await ann.client.POST('/api/messages', { params: { header }, body })
const sent = good('send', answer)
// Bob reads what is at least as new as what Ann wrote.
const since = { 'Min-Event-Position': answer.response.headers.get('Event-Position') ?? '' }
const again = good('send again', await ann.client.POST('/api/messages', { params: { header }, body }))
is('the message sent twice', again.id, sent.id)
const page = good('read', await bob.client.GET('/api/messages', { params: { header: since, query: { room_id: room.id } } }))
is('the message read', page.messages[0]?.content, 'lunch?')
const rooms = good('rooms', await bob.client.GET('/api/chat-rooms', { params: { header: since } }))
is('the unread', rooms[0]?.unread_count, 1)

const refused = await bob.client.PATCH('/api/messages/{id}', { params: { path: { id: sent.id } }, body: { content: 'dinner' } })
is('the status', refused.response.status, 403)
is('the code', refused.error?.code, 'NOT_AUTHOR')
const blank = await bob.client.POST('/api/messages', { body: { room_id: room.id, content: ' ' } })
is('the blank message', blank.error?.errors?.[0]?.field, 'content')
console.log('ok    a conversation through the client made from the document')
