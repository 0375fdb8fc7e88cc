/** Names and topics as subjects: every name is one token, every topic comes back as it was, prefixes cover what they must. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameToken, prefixTokens, readReply, Subjects } from '../../src/nats/subjects.ts'

const id = '0123456789abcdef0123456789abcdef'
const subjects = new Subjects('hubless', 'shop.eu', id, '_INBOX')

/** As NATS matches a subject against a subscription. */
function matches(pattern: string, subject: string): boolean {
  const tokens = subject.split('.')
  return pattern.split('.').every((token, i, all) => {
    if (token === '>') return i === all.length - 1 && tokens.length > i
    return tokens[i] !== undefined && (token === '*' || token === tokens[i])
  })
}

const topic = fc
  .string({ unit: fc.constantFrom('a', 'b', '/', '.', '~', 'e', 'd', 't', '$'), minLength: 1, maxLength: 12 })
  .filter((text) => text.length > 0)

describe('subjects', () => {
  it('keep names apart that differ in dots alone', () => {
    expect(subjects.request('a.b')).toBe('hubless.shop~eu.request.a~b')
    expect(nameToken('a.b')).not.toBe(nameToken('a_b'))
  })

  it('turn the slashes of a topic into tokens', () => {
    expect(subjects.topic('prices/oil', id)).toBe(`hubless.shop~eu.topic.${id}.prices.oil`)
    expect(subjects.topics(prefixTokens('prices/'))).toBe('hubless.shop~eu.topic.*.prices.>')
    expect(prefixTokens('')).toBe('>')
    expect(prefixTokens('pri')).toBe('>')
    expect(prefixTokens('prices/o')).toBe('prices.>')
  })

  it('give every topic back, as legal tokens', () => {
    fc.assert(
      fc.property(topic, (text) => {
        const subject = subjects.topic(text, id)
        expect(subject.split('.').every((token) => token !== '' && !/[*>\s]/.test(token))).toBe(true)
        expect(subjects.readTopic(subject)).toEqual({ from: id, topic: text })
      })
    )
  })

  it('cover every topic that begins with the prefix', () => {
    fc.assert(
      fc.property(topic, fc.nat(12), (text, length) => {
        const pattern = subjects.topics(prefixTokens(text.slice(0, length)))
        expect(matches(pattern, subjects.topic(text, id))).toBe(true)
      })
    )
  })

  it('say in the reply subject who calls and how long that one waits', () => {
    expect(readReply(subjects.reply(7, 1500.2))).toEqual({ from: id, ms: 1501 })
    expect(readReply(subjects.reply(7, Infinity))).toEqual({ from: id, ms: Infinity })
    expect(readReply('_INBOX.somebody.else')).toBeUndefined()
  })
})
