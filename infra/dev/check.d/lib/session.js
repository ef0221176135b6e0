// A session of two people, from signing up to having read, by several pairs at a time: k6 run -e API=http://… session.js
import http from 'k6/http';
import { check, fail } from 'k6';

export const options = {
  vus: 4,
  iterations: 24,
  thresholds: { checks: ['rate==1'], http_req_failed: ['rate==0'] },
};

const json = { 'Content-Type': 'application/json' };

function call(method, path, body, token, status) {
  const headers = token ? Object.assign({ Authorization: `Bearer ${token}` }, json) : json;
  // One name for all ids, so that k6 counts a call and not a person.
  const name = `${method} ${path.split('?')[0].replace(/[0-9a-f]{8}-[0-9a-f-]+/g, '{id}')}`;
  const reply = http.request(method, __ENV.API + path, body && JSON.stringify(body), { headers, tags: { name } });
  if (!check(reply, { [`${name}: ${status}`]: (it) => it.status === status })) fail(`${name}: ${reply.status} ${reply.body}`);
  return status === 204 ? null : reply.json();
}

function person(name) {
  const account = { email: `${name}@example.com`, password: 'correct-horse-1' };
  call('POST', '/api/auth/register', Object.assign({ username: name }, account), null, 201);
  const session = call('POST', '/api/auth/login', account, null, 200);
  return { id: session.user_id, token: session.access_token };
}

export default function () {
  const mark = `${__VU}x${__ITER}`;
  const [ann, bob] = [person(`ann${mark}`), person(`bob${mark}`)];
  const request = call('POST', '/api/friends/request', { to_user_id: bob.id }, ann.token, 201);
  call('POST', `/api/friends/${request.request_id}/accept`, null, bob.token, 200);
  const friends = call('GET', '/api/friends', null, bob.token, 200).friends;
  check(friends, { 'bob has one friend, ann': (it) => it.length === 1 && it[0].id === ann.id });
  const room = call('GET', `/api/chat-rooms/check/${bob.id}`, null, ann.token, 200).id;
  for (const content of ['one', 'two', 'three']) call('POST', '/api/messages', { room_id: room, content }, ann.token, 201);
  call('POST', '/api/messages', { room_id: room, content: 'four' }, bob.token, 201);
  const page = call('GET', `/api/messages?room_id=${room}&limit=10`, null, bob.token, 200);
  check(page.messages, { 'four messages, in order': (it) => it.map((one) => one.content).join() === 'one,two,three,four' });
  call('POST', '/api/messages/read', { room_id: room }, bob.token, 200);
  const unread = call('GET', `/api/messages/room/${room}/unread-count`, null, bob.token, 200);
  check(unread, { 'nothing is unread': (it) => it.unread_count === 0 });
  call('POST', '/api/auth/logout', null, bob.token, 200);
}
