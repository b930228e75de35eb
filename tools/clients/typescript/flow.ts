// node flow.js URL: plays the main flow with the generated client, as two people
// who sign up at the server there.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import createClient from 'openapi-fetch'
import type { components, paths } from './generated/freety.js'

type Schemas = components['schemas']
type Answer<T> = { data?: T, error?: Schemas['Problem'], response: Response }

const baseUrl = process.argv[2] ?? 'http://127.0.0.1:8080'
const anyone = createClient<paths>({ baseUrl })

/** succeeded is what a request was answered, unless it was refused. */
function succeeded<T>(answer: Answer<T>): NonNullable<T> {
  if (answer.data == null) {
    throw new Error(`${answer.response.url}: ${answer.response.status} ${JSON.stringify(answer.error)}`)
  }
  return answer.data
}

/** refused is the problem with which a request was refused. */
function refused(answer: Answer<unknown>, status: number, code: string): Schemas['Problem'] {
  assert(answer.error, `${answer.response.url} was not refused`)
  assert.deepEqual([answer.error.status, answer.error.code], [status, code], answer.error.detail)
  return answer.error
}

async function signUp(role: Schemas['SignUpRole'], name: string) {
  const session = succeeded(await anyone.POST('/v1/signup/email', {
    body: { role, name, email: `${randomUUID()}@example.com`, password: 'correct horse', birthDate: '1999-04-01' },
  }))
  assert.equal(session.account.role, role)
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${session.accessToken}` } })
}

const stylist = await signUp('stylist', 'Haneul')
const model = await signUp('model', 'Bada')

const inDays = (days: number) => new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString()
const recruitment: Schemas['NewRecruitment'] = {
  title: `First perm ${randomUUID().slice(0, 8)}`,
  body: 'Shoulder length or longer.',
  services: ['perm'],
  fee: 10000,
  venue: { province: '서울특별시', district: '강남구' },
  slots: [{ startsAt: inDays(3), endsAt: inDays(3.1) }],
  publish: true,
}
const fault = refused(await stylist.POST('/v1/recruitments', { body: { ...recruitment, fee: -1 } }), 422, 'invalid_input').errors?.[0]
assert.deepEqual([fault?.location, fault?.code, fault?.limit], ['body.fee', 'too_small', 0])
const { id, state, slots } = succeeded(await stylist.POST('/v1/recruitments', { body: recruitment }))
assert.equal(state, 'open')

const found = succeeded(await model.GET('/v1/recruitments', {
  params: { query: { service: ['cut', 'perm'], feeMax: 10000, district: ['강남구'], sort: 'newest' } },
}))
assert(found.items.some(card => card.id === id && card.stylist.name === 'Haneul'))
const detail = succeeded(await model.GET('/v1/recruitments/{id}', { params: { path: { id } } }))
assert(detail.allowedActions.includes('apply'))

const slotId = slots[0]?.id
assert(slotId)
const application = { params: { path: { id } }, body: { slotId, message: 'My hair has never been treated.' } }
const booking = succeeded(await model.POST('/v1/recruitments/{id}/bookings', application))
assert.equal(booking.state, 'applied')
refused(await model.POST('/v1/recruitments/{id}/bookings', application), 409, 'already_booked')

assert(succeeded(await stylist.GET('/v1/bookings/{id}', { params: { path: booking } })).allowedActions.includes('accept'))
succeeded(await stylist.POST('/v1/bookings/{id}/accept', { params: { path: booking }, body: { reason: 'See you.' } }))
for (const party of [stylist, model]) {
  const { items } = succeeded(await party.GET('/v1/me/bookings', { params: { query: { state: ['confirmed'] } } }))
  assert.deepEqual(items.map(item => [item.id, item.state]), [[booking.id, 'confirmed']])
}

const profile = await stylist.GET('/v1/me/profile')
const etag = profile.response.headers.get('ETag')
assert(etag && !etag.startsWith('W/'))
const mergePatch = { 'Content-Type': 'application/merge-patch+json' }
const change = { params: { header: { 'If-Match': etag } }, headers: mergePatch, body: { statusMessage: 'Learning perms.' } }
const changed = succeeded(await stylist.PATCH('/v1/me/profile', change))
assert(changed.role === 'stylist')
assert.deepEqual([changed.statusMessage, changed.experienceMonths], ['Learning perms.', 0])
refused(await stylist.PATCH('/v1/me/profile', change), 412, 'changed_meanwhile')
const cleared = succeeded(await stylist.PATCH('/v1/me/profile', { headers: mergePatch, body: { statusMessage: null } }))
assert.equal(cleared.statusMessage, '')
