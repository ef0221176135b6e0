// Reads the document with AsyncAPI's own parser, which has to refuse what is broken too.
const { readFileSync } = require('node:fs')
const { Parser } = require('@asyncapi/parser')

function fail(...why) {
  console.error('check-asyncapi:', ...why)
  process.exit(1)
}

/** What the parser finds wrong, and the document if there is one. */
async function read(text) {
  const { document, diagnostics } = await new Parser().parse(text)
  const errors = diagnostics.filter(({ severity }) => severity === 0).map(({ path, message }) => `${path.join('.')}: ${message}`)
  return { document, errors: document ? errors : [...errors, 'it is no document'] }
}

/** Copies of the document, each with one thing that it must not say. */
const BREAKS = {
  'an unknown action': (broken) => { Object.values(broken.operations)[0].action = 'shout' },
  'a reference that leads nowhere': (broken) => { broken.channels.user_events.messages.UserRegistered.$ref += 'x' },
  'a payload that is no schema': (broken) => { broken.components.schemas.MessageSent.type = 'thing' },
}

async function main() {
  const text = readFileSync(process.argv[2], 'utf8')
  const { document, errors } = await read(text)
  if (errors.length) fail('the parser refuses the document:\n' + errors.join('\n'))
  for (const [what, spoil] of Object.entries(BREAKS)) {
    const broken = JSON.parse(text)
    spoil(broken)
    if (!(await read(JSON.stringify(broken))).errors.length) fail(`the parser takes ${what}`)
  }
  const [channels, operations, messages] = [document.channels(), document.operations(), document.messages()].map((all) => all.all().length)
  console.log(`check-asyncapi: ${channels} channels, ${operations} operations and ${messages} messages are sound`)
}

main().catch((error) => fail(error.stack))
