-- Prints wrk's counts as one line of JSON. The other scripts load this one.
function done(summary, latency, _)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests":%d,"seconds":%.6f,"bytes":%.0f,"p50":%.6f,"p99":%.6f,"longest":%.6f,"errors":%d,"refusals":%d}\n',
        summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
        latency.max / 1e6, errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
