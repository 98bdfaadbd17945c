-- Walks through whole requests that were made ahead of time, and tells the result as JSON. Once,
-- because every rating needs its own service, event, nonce and signature; or `again` and again.
local requests, sent, again = {}, 0, false

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  again = arguments[2] == "again"
  local all = file:read("*a")
  file:close()
  local from = 1
  while from <= #all do
    local length = tonumber(all:sub(from, from + 7))
    requests[#requests + 1] = all:sub(from + 8, from + 7 + length)
    from = from + 8 + length
  end
end

function request()
  sent = sent + 1
  if again then
    return requests[(sent - 1) % #requests + 1]
  end
  if sent >= #requests then
    wrk.thread:stop()
  end
  return requests[math.min(sent, #requests)]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
