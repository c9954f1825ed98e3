-- Posts the lines of a file in turn, again and again. Eight @ in a line become the request's number, so that each
-- request creates something new. Argument: the file.
require "report"

local requests, count = {}, 0

function init(arguments)
    local headers = {["Content-Type"] = "application/json"}
    for name, value in pairs(wrk.headers) do headers[name] = value end
    for line in io.lines(arguments[1]) do requests[#requests + 1] = wrk.format("POST", nil, headers, line) end
end

function request()
    count = count + 1
    -- The number has the length of the text that it replaces, so that Content-Length stays correct.
    return (requests[(count - 1) % #requests + 1]:gsub("@@@@@@@@", string.format("%08d", count)))
end
