import { defineScript } from "./script.ts";

/**
 * Appends an event to the log of one job and tells who listens. Entry ids are `<epoch>-<n>`: the epoch is the time the log was created, in
 * microseconds, and n counts from 1. So a reader can tell from its place alone whether anything is missing, and a place in
 * a log that was lost and begun again is never taken for a place in the new one.
 *
 * What is out of date is dropped (see `isOutdated`). What decides is the newest attempt that was seen and the newest that
 * is known to be over: both stand on the newest entry (`n` and `o`; entries of earlier versions have `o` alone).
 *
 * KEYS: 1 log. ARGV: 1 channel, 2 type, 3 data, 4 how many events to keep, 5 seconds after which a quiet log goes, 6 the
 * event's attempt, 7 whether the event says that it is over (1 or 0).
 * Returns the id, or the newest one when the event was dropped. Publishes `<id> <type> <data>`.
 */
export const appendScript = defineScript(`
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local attempt, isOver = tonumber(ARGV[6]), ARGV[7] == '1'
local newest, over
if last[1] then
  local fields = last[1][2]
  for i = 1, #fields, 2 do
    if fields[i] == 'n' then newest = fields[i + 1] elseif fields[i] == 'o' then over = fields[i + 1] end
  end
end
over = tonumber(over) or 0
newest = math.max(tonumber(newest) or 0, over)
if attempt < newest or (not isOver and attempt <= over) then return last[1] and last[1][1] or '0-0' end
newest = attempt
over = math.max(over, isOver and attempt or attempt - 1)

local id
if last[1] then
  local epoch, n = string.match(last[1][1], '^(%d+)-(%d+)$')
  id = epoch .. '-' .. string.format('%.0f', n + 1)
else
  local time = redis.call('TIME')
  id = string.format('%.0f', time[1] * 1000000 + time[2]) .. '-1'
end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], id, 't', ARGV[2], 'd', ARGV[3], 'o', over, 'n', newest)
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('PUBLISH', ARGV[1], id .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
return id
`);

/**
 * Reads the log of one job from a place on.
 *
 * KEYS: 1 log. ARGV: 1 place, or empty for none, 2 how many events at most.
 * Returns {newest id or '0-0'; oldest id or '0-0'; events after the place as a flat list of id, type, data}.
 */
export const readScript = defineScript(`
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
if not oldest[1] then return {'0-0', '0-0', {}} end
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local events = {}
if ARGV[1] ~= '' then
  for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])) do
    local field = {}
    for i = 1, #entry[2], 2 do field[entry[2][i]] = entry[2][i + 1] end
    events[#events + 1], events[#events + 2], events[#events + 3] = entry[1], field.t or '', field.d or ''
  end
end
return {newest[1][1], oldest[1][1], events}
`);
