-- Waits before each request. The script's argument is the average time in milliseconds.
require "report"

local pause = 0

function init(arguments)
    pause = tonumber(arguments[1])
end

function delay()
    local whole = math.floor(pause)
    -- wrk can only wait for whole milliseconds.
    return math.random() < pause - whole and whole + 1 or whole
end
