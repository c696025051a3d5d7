import { defineScript } from "./script.ts";

/**
 * Appends an event to a log of many jobs and tells who listens. Ids are `<epoch>-<n>` as in the log of one job, but they have
 * gaps in the log, since `progress` is numbered and not kept. So a hash beside the log has the epoch (`e`), the newest number
 * (`n`) and the number of the newest entry (`k`), and each entry has the number of the entry before it (`p`): nothing is
 * missing after a place that is not before the `p` of the oldest entry.
 *
 * What is out of date is dropped (see `isOutdated`): the newest attempt of a job that was seen and the newest that is known to
 * be over stand in a key a job, which expires an hour after the last event of the job.
 *
 * KEYS: 1 log, 2 its hash, 3 attempts of the event's job. ARGV: 1 channel, 2 type, 3 data, 4 how many events to keep, 0 when
 * this one is not kept, 5 seconds after which a quiet log goes, 6 the event's attempt, 7 whether the event says that it is over
 * (1 or 0), 8 how long events are kept, in milliseconds.
 * Returns the id, or the newest one when the event was dropped. Publishes `<id> <type> <data>`.
 */
export const appendSharedScript = defineScript(`
local time = redis.call('TIME')
local epoch, n, kept = unpack(redis.call('HMGET', KEYS[2], 'e', 'n', 'k'))
if not epoch then
  -- Without its hash, what is left of a log cannot be read any more.
  redis.call('DEL', KEYS[1])
  epoch, n, kept = string.format('%.0f', time[1] * 1000000 + time[2]), 0, 0
end
local attempt, isOver = tonumber(ARGV[6]), ARGV[7] == '1'
local newest, over = string.match(redis.call('GET', KEYS[3]) or '', '^(%d+):(%d+)$')
over = tonumber(over) or 0
newest = math.max(tonumber(newest) or 0, over)
if attempt < newest or (not isOver and attempt <= over) then return epoch .. '-' .. n end
over = math.max(over, isOver and attempt or attempt - 1)

n = string.format('%.0f', n + 1)
local id = epoch .. '-' .. n
if ARGV[4] ~= '0' then
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], id, 't', ARGV[2], 'd', ARGV[3], 'p', kept, 'a', string.format('%.0f', now))
  kept = n
  -- A few at a time: more than one is appended for each that grows old.
  for _ = 1, 8 do
    local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
    if tonumber(oldest[2][8]) >= now - ARGV[8] then break end
    redis.call('XDEL', KEYS[1], oldest[1])
  end
end
redis.call('HSET', KEYS[2], 'e', epoch, 'n', n, 'k', kept)
redis.call('SET', KEYS[3], attempt .. ':' .. over, 'EX', 3600)
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[5])
redis.call('PUBLISH', ARGV[1], id .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
return id
`);

/**
 * Reads a log of many jobs from a place on. A log that does not exist begins: its end is a place to resume from.
 *
 * KEYS: 1 log, 2 its hash. ARGV: 1 place, or empty for none, 2 how many events at most, 3 seconds after which a quiet log goes.
 * Returns {newest id; `complete`, or empty when events after the place are lost; events after it as a flat list of id, type,
 * data}.
 */
export const readSharedScript = defineScript(`
local epoch, n, kept = unpack(redis.call('HMGET', KEYS[2], 'e', 'n', 'k'))
if not epoch then
  local time = redis.call('TIME')
  redis.call('DEL', KEYS[1])
  epoch, n, kept = string.format('%.0f', time[1] * 1000000 + time[2]), '0', '0'
  redis.call('HSET', KEYS[2], 'e', epoch, 'n', n, 'k', kept)
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
local newest = epoch .. '-' .. n
local ofEpoch, place = string.match(ARGV[1], '^(%d+)-(%d+)$')
if ofEpoch ~= epoch or tonumber(place) > tonumber(n) then return {newest, '', {}} end
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if tonumber(place) < tonumber(oldest and oldest[2][6] or kept) then return {newest, '', {}} end
local events = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])) do
  events[#events + 1], events[#events + 2], events[#events + 3] = entry[1], entry[2][2], entry[2][4]
end
return {newest, 'complete', events}
`);
