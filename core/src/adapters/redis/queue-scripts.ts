import { defineScript } from "./script.ts";

/**
 * Puts hints into their lanes, or aside until they are due. An id that waits already is not added again.
 *
 * KEYS: 1-3 lanes, 4 delayed, 5 waiting, 6 wake.
 * ARGV: for each hint the lane's number, the delay in ms (0: now), the job id.
 * Returns how many were new.
 */
export const offerScript = defineScript(`
local added, nowMs = 0, nil
for i = 1, #ARGV, 3 do
  local lane, delay, id = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), ARGV[i + 2]
  if delay > 0 then
    if not nowMs then
      local time = redis.call('TIME')
      nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
    end
    local first = redis.call('ZRANGE', KEYS[4], 0, 0, 'WITHSCORES')
    -- The newest offer knows best: it moves the job's earlier one.
    added = added + redis.call('ZADD', KEYS[4], nowMs + delay, lane .. ':' .. id)
    if not first[2] or nowMs + delay < tonumber(first[2]) then
      redis.call('XADD', KEYS[6], 'MAXLEN', 1, '*', 'due', nowMs + delay)
    end
  elseif redis.call('SADD', KEYS[5], id) == 1 then
    redis.call('XADD', KEYS[lane], '*', 'job', id)
    added = added + 1
  end
end
return added
`);

/**
 * Takes hints for a receiver: first moves what is due into its lane, then takes in the order of entry time plus an
 * offset for each lane. So a higher lane goes first, and a lower one waits out the difference, never for ever.
 *
 * KEYS: 1-3 lanes, 4 delayed, 5 waiting, 6 wake.
 * ARGV: 1 group, 2 consumer, 3 how many, 4-6 the lanes' offsets in ms.
 * Returns {flat list of lane number, entry id, job id; entries that are not ours; ms until the next delayed hint or -1;
 * ids after which to wait in the three lanes and in wake}. Entries that are not ours are acknowledged away.
 */
export const claimScript = defineScript(`
local group, consumer, max = ARGV[1], ARGV[2], tonumber(ARGV[3])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)

local due = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', nowMs, 'LIMIT', 0, 500)
for _, member in ipairs(due) do
  redis.call('ZREM', KEYS[4], member)
  local lane, id = tonumber(string.sub(member, 1, 1)), string.sub(member, 3)
  if lane and lane >= 1 and lane <= 3 and redis.call('SADD', KEYS[5], id) == 1 then
    redis.call('XADD', KEYS[lane], '*', 'job', id)
  end
end

-- The last id the group was given; makes the group when the stream is new or was lost.
local function lastDelivered(key)
  local groups = redis.pcall('XINFO', 'GROUPS', key)
  if not groups.err then
    for _, info in ipairs(groups) do
      local name, last
      for i = 1, #info, 2 do
        if info[i] == 'name' then name = info[i + 1] end
        if info[i] == 'last-delivered-id' then last = info[i + 1] end
      end
      if name == group then return last end
    end
  end
  redis.call('XGROUP', 'CREATE', key, group, '0', 'MKSTREAM')
  -- What the set said about this stream's entries is worth nothing now.
  redis.call('DEL', KEYS[5])
  return '0-0'
end

local last, ready = {}, {}
for lane = 1, 3 do
  last[lane] = lastDelivered(KEYS[lane])
  if #redis.call('XRANGE', KEYS[lane], '(' .. last[lane], '+', 'COUNT', 1) > 0 then ready[#ready + 1] = lane end
end

local share = {}
if #ready == 1 then
  share[ready[1]] = max
elseif #ready > 1 then
  local heads, at = {}, {}
  for _, lane in ipairs(ready) do
    heads[lane] = redis.call('XRANGE', KEYS[lane], '(' .. last[lane], '+', 'COUNT', max)
    at[lane], share[lane] = 1, 0
  end
  for _ = 1, max do
    local best, bestTime
    for _, lane in ipairs(ready) do
      local head = heads[lane][at[lane]]
      if head then
        local waitsSince = tonumber(string.match(head[1], '^%d+')) + tonumber(ARGV[3 + lane])
        if not best or waitsSince < bestTime then best, bestTime = lane, waitsSince end
      end
    end
    if not best then break end
    at[best], share[best] = at[best] + 1, share[best] + 1
  end
end

local taken, foreign = {}, 0
for _, lane in ipairs(ready) do
  if share[lane] > 0 then
    local reply = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', share[lane], 'STREAMS', KEYS[lane], '>')
    local ids = {}
    for _, entry in ipairs(reply and reply[1][2] or {}) do
      local id = entry[2] and entry[2][1] == 'job' and entry[2][2]
      if id and string.match(id, '^job_%w+$') then
        ids[#ids + 1] = id
        taken[#taken + 1], taken[#taken + 2], taken[#taken + 3] = lane, entry[1], id
      else
        redis.call('XACK', KEYS[lane], group, entry[1])
        redis.call('XDEL', KEYS[lane], entry[1])
        foreign = foreign + 1
      end
    end
    if #ids > 0 then redis.call('SREM', KEYS[5], unpack(ids)) end
  end
end

local wake = '0-0'
if #taken == 0 then
  -- Nothing waits, so the set is empty, or it holds leftovers of entries that somebody deleted by hand.
  if foreign == 0 then redis.call('DEL', KEYS[5]) end
  local poked = redis.call('XREVRANGE', KEYS[6], '+', '-', 'COUNT', 1)
  if poked[1] then wake = poked[1][1] end
end
local next = redis.call('ZRANGE', KEYS[4], 0, 0, 'WITHSCORES')
local nextMs = next[2] and math.max(0, tonumber(next[2]) - nowMs) or -1
return {taken, foreign, nextMs, last[1], last[2], last[3], wake}
`);

/**
 * Ends deliveries: the entries leave the group's list and the stream together.
 *
 * KEYS: 1-3 lanes. ARGV: 1 group, then for each entry the lane's number and the entry id.
 * Returns how many entries were still there.
 */
export const acknowledgeScript = defineScript(`
local ids = {{}, {}, {}}
for i = 2, #ARGV, 2 do
  local of = ids[tonumber(ARGV[i])]
  of[#of + 1] = ARGV[i + 1]
end
local deleted = 0
for lane = 1, 3 do
  if #ids[lane] > 0 then
    redis.call('XACK', KEYS[lane], ARGV[1], unpack(ids[lane]))
    deleted = deleted + redis.call('XDEL', KEYS[lane], unpack(ids[lane]))
  end
end
return deleted
`);

/**
 * Takes over what receivers hold for too long, and forgets consumers that hold nothing and have not been seen for long.
 *
 * KEYS: 1-3 lanes. ARGV: 1 group, 2 consumer, 3 idle ms, 4 how many, 5 ms after which an empty consumer goes,
 * 6-8 where to go on in the lanes.
 * Returns {flat list of lane number, entry id, job id; where to go on in the three lanes}.
 */
export const reclaimScript = defineScript(`
local group, consumer, left = ARGV[1], ARGV[2], tonumber(ARGV[4])
local taken, cursors = {}, {}
for lane = 1, 3 do
  cursors[lane] = ARGV[5 + lane]
  if left > 0 then
    local reply = redis.pcall('XAUTOCLAIM', KEYS[lane], group, consumer, ARGV[3], ARGV[5 + lane], 'COUNT', left)
    if not reply.err then
      cursors[lane] = reply[1]
      for _, entry in ipairs(reply[2]) do
        -- Redis 6.2 answers with nil for an entry that was deleted.
        if entry and entry[2] and entry[2][1] == 'job' then
          taken[#taken + 1], taken[#taken + 2], taken[#taken + 3] = lane, entry[1], entry[2][2]
          left = left - 1
        elseif entry then
          redis.call('XACK', KEYS[lane], group, entry[1])
          redis.call('XDEL', KEYS[lane], entry[1])
        end
      end
    end
  end
  local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[lane], group)
  if not consumers.err then
    for _, info in ipairs(consumers) do
      local field = {}
      for i = 1, #info, 2 do field[info[i]] = info[i + 1] end
      if field.name ~= consumer and field.pending == 0 and field.idle > tonumber(ARGV[5]) then
        redis.call('XGROUP', 'DELCONSUMER', KEYS[lane], group, field.name)
      end
    end
  end
end
return {taken, cursors[1], cursors[2], cursors[3]}
`);

/**
 * Forgets a consumer that leaves, unless it still holds something that others must be able to take over.
 *
 * KEYS: 1-3 lanes. ARGV: 1 group, 2 consumer. Returns in how many lanes it was forgotten.
 */
export const leaveScript = defineScript(`
local gone = 0
for lane = 1, 3 do
  local held = redis.pcall('XPENDING', KEYS[lane], ARGV[1], '-', '+', 1, ARGV[2])
  if not held.err and #held == 0 then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[lane], ARGV[1], ARGV[2])
    gone = gone + 1
  end
end
return gone
`);
