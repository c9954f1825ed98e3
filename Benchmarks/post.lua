-- Posts the lines of a file, one after the other and again from the start. Eight @ in a line become the request's number, so that
-- what is created is new each time. Argument: the file.
require "report"

local requests, count = {}, 0

function init(arguments)
    for line in io.lines(arguments[1]) do
        requests[#requests + 1] = wrk.format("POST", nil, {["Content-Type"] = "application/json"}, line)
    end
end

function request()
    count = count + 1
    -- As long as what it replaces: Content-Length stays right.
    return (requests[(count - 1) % #requests + 1]:gsub("@@@@@@@@", string.format("%08d", count)))
end
