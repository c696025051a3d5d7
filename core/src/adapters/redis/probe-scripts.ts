import { defineScript } from "./script.ts";

/*
 * A question is a text that its client keeps alive by heartbeats; once it has expired, nobody works on it.
 * Keys, all with one hash tag: LIST of the ids that wait, and of each question `<base>:<id>:asked` (the text),
 * `:taken` (by whom, for as long as they are alive) and `:answer`.
 */

/**
 * Puts a question, or puts it again.
 * KEYS: 1 waiting, 2 asked. ARGV: 1 id, 2 text, 3 ms that the question survives without a heartbeat of its client, 4 most that may wait,
 * 5 channel of those who serve. Returns 1, or 0 when too many wait.
 */
export const askScript = defineScript(`
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('LREM', KEYS[1], 0, ARGV[1])
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], 600000)
redis.call('PUBLISH', ARGV[5], '')
return 1
`);

/**
 * Reads the state of a question and keeps it alive.
 * KEYS: 1 asked, 2 taken, 3 answer, 4 waiting. ARGV: 1 ms that the question survives without a heartbeat of its client, 2 id.
 * Returns {'answered', answer}, {'taken'}, {'waiting'}, or {'lost'}: whoever took it died, or Redis no longer has it.
 */
export const lookScript = defineScript(`
local answer = redis.call('GET', KEYS[3])
if answer then return {'answered', answer} end
if redis.call('PEXPIRE', KEYS[1], ARGV[1]) == 0 then return {'lost'} end
if redis.call('EXISTS', KEYS[2]) == 1 then return {'taken'} end
if redis.call('LPOS', KEYS[4], ARGV[2]) then return {'waiting'} end
return {'lost'}
`);

/**
 * Takes the oldest question whose client is still alive and whose holder has a free slot.
 * KEYS: 1 waiting. ARGV: 1 start of the keys of a question, 2 who takes it, 3 ms until they count as dead, 4… holders whose
 * questions stay where they are. Returns {id, text}, or false.
 */
export const takeScript = defineScript(`
local atLimit = {}
for i = 4, #ARGV do atLimit[ARGV[i]] = true end
local ids = redis.call('LRANGE', KEYS[1], 0, -1)
for i = #ids, 1, -1 do
  local id = ids[i]
  local text = redis.call('GET', ARGV[1] .. ':' .. id .. ':asked')
  local known, question = pcall(cjson.decode, text or '')
  local holder = known and type(question) == 'table' and question.holder or ''
  if not text or not atLimit[holder] then
    redis.call('LREM', KEYS[1], -1, id)
    if text and redis.call('SET', ARGV[1] .. ':' .. id .. ':taken', ARGV[2], 'NX', 'PX', ARGV[3]) then return {id, text} end
  end
end
return false
`);

/**
 * Heartbeat of the worker that took a question.
 * KEYS: 1 asked, 2 taken. ARGV: 1 who, 2 ms until they count as dead. Returns 0 when the answer is no longer wanted.
 */
export const holdScript = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[2], ARGV[2])
`);

/**
 * Answers a question and notifies the client. The first answer counts.
 * KEYS: 1 asked, 2 answer. ARGV: 1 answer, 2 ms that it stays, 3 the client's channel. Returns 0 when nobody waits.
 */
export const answerScript = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
redis.call('PUBLISH', ARGV[3], '')
return 1
`);

/**
 * Returns a taken question to the front of the list.
 * KEYS: 1 waiting, 2 asked, 3 taken. ARGV: 1 id, 2 who took it, 3 channel of those who serve.
 */
export const giveBackScript = defineScript(`
if redis.call('GET', KEYS[3]) ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[3])
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[3], '')
return 1
`);
